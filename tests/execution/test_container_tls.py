"""A TLS connection that behaves as a plain socket does."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from nodetool_jupyter.execution.container.tls import unwrapped
from tests.execution.engine_scenery import short_folder, write_certificates

Serve = Callable[[ssl.SSLSocket], bytes]
Connect = Callable[[Serve], tuple[socket.socket, "Future[bytes]"]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connect to a server that does with its side what a test says; what that returns comes with it."""
    with (
        short_folder() as folder,
        ThreadPoolExecutor(1) as pool,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        write_certificates(folder)
        theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        theirs.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        ours = ssl.create_default_context(cafile=folder / "ca.pem")

        def serve(act: Serve) -> bytes:
            with theirs.wrap_socket(listener.accept()[0], server_side=True) as connection:
                return act(connection)

        def begin(act: Serve) -> tuple[socket.socket, Future[bytes]]:
            result = pool.submit(serve, act)
            return unwrapped(socket.create_connection(listener.getsockname(), 10), ours, "127.0.0.1"), result

        yield begin


def read_all(connection: socket.socket) -> bytes:
    found = bytearray()
    while piece := connection.recv(1 << 16):
        found += piece
    return bytes(found)


def test_what_is_large_goes_both_ways_at_once(connect: Connect) -> None:
    data = os.urandom(5_000_000)

    def echo(connection: ssl.SSLSocket) -> bytes:
        while piece := connection.recv(1 << 16):
            connection.sendall(piece)
        return b"ended"

    stream, _ = connect(echo)
    with stream, ThreadPoolExecutor(1) as pool:
        back = pool.submit(read_all, stream)
        stream.sendall(data)
        stream.shutdown(socket.SHUT_WR)
        assert back.result() == data


def test_nothing_is_lost_that_came_before_the_write_side_is_shut(connect: Connect) -> None:
    def speak_first(connection: ssl.SSLSocket) -> bytes:
        connection.sendall(b"a" * 100_000)
        heard = read_all(connection)
        connection.sendall(b"b")
        return heard

    stream, server = connect(speak_first)
    with stream:
        first = stream.recv(1)
        stream.sendall(b"said")
        stream.shutdown(socket.SHUT_WR)
        assert first + read_all(stream) == b"a" * 100_000 + b"b"
    assert server.result() == b"said"


def test_a_side_that_is_closed_unread_ends_the_connection(connect: Connect) -> None:
    def wait_for_the_end(connection: ssl.SSLSocket) -> bytes:
        connection.sendall(b"unread")
        return read_all(connection)

    stream, server = connect(wait_for_the_end)
    stream.recv(1)
    stream.close()
    assert server.result() == b""


def test_a_server_that_goes_ends_the_stream(connect: Connect) -> None:
    stream, _ = connect(lambda connection: b"")
    with stream:
        assert stream.recv(1) == b""
