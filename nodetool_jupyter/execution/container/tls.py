"""A TLS connection as a plain socket: one that an event loop can wait for, and whose sides can be shut one by one.

Python's own TLS sockets can do neither, and what comes in while they say their end is lost.
"""

from __future__ import annotations

import select
import ssl
from contextlib import suppress
from socket import SHUT_RDWR, SHUT_WR, socket, socketpair
from threading import Lock, Thread

_PIECE = 64 * 1024


def unwrapped(raw: socket, context: ssl.SSLContext, host: str) -> socket:
    """Shake hands on a connection, and return a socket for what goes through it; ``raw`` is closed along with that."""
    passage = _Passage(raw, context, host)
    passage.shake_hands()
    raw.settimeout(None)
    return passage.open()


class _Passage:
    """Carries bytes between a TLS connection and one end of a pair of sockets, each way in a thread of its own."""

    def __init__(self, raw: socket, context: ssl.SSLContext, host: str) -> None:
        self._raw = raw
        self._came, self._goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._goes, server_hostname=host)
        self._lock = Lock()  # for what TLS keeps in memory; never held while a socket may block
        self._inner: socket

    def shake_hands(self) -> None:
        """Agree with the other side, in the time that the connection's own timeout gives; raises ``OSError``."""
        while True:
            try:
                self._tls.do_handshake()
                self._raw.sendall(self._goes.read())
                return
            except ssl.SSLWantReadError:
                self._raw.sendall(self._goes.read())
                if data := self._raw.recv(_PIECE):
                    self._came.write(data)
                else:
                    self._came.write_eof()

    def open(self) -> socket:
        """Begin to carry, and return the other end of the pair."""
        self._inner, outer = socketpair()
        inwards = Thread(target=self._carry_in, name="nodetool-tls-in", daemon=True)
        inwards.start()
        Thread(target=self._carry_out, args=(inwards,), name="nodetool-tls-out", daemon=True).start()
        return outer

    def _carry_in(self) -> None:
        with suppress(OSError):
            while data := self._raw.recv(_PIECE):
                clear, ended = self._decrypt(data)
                self._inner.sendall(clear)
                if ended:
                    break
        with suppress(OSError):
            self._inner.shutdown(SHUT_WR)

    def _decrypt(self, data: bytes) -> tuple[bytes, bool]:
        """Return what the bytes mean, and whether the other side says no more."""
        clear = bytearray()
        with self._lock:
            self._came.write(data)
            try:
                while piece := self._tls.read(_PIECE):
                    clear += piece
            except ssl.SSLWantReadError:
                return bytes(clear), False
            except ssl.SSLZeroReturnError:
                pass
        return bytes(clear), True

    def _carry_out(self, inwards: Thread) -> None:
        with suppress(OSError):
            while data := self._inner.recv(_PIECE):
                self._raw.sendall(self._encrypt(data))
            self._raw.sendall(self._last_word())
        gone = select.poll()
        gone.register(self._inner, 0)
        gone.poll()  # until the pair's other end is closed, or both of its sides are shut
        with suppress(OSError):
            self._raw.shutdown(SHUT_RDWR)
        inwards.join()
        self._raw.close()
        self._inner.close()

    def _encrypt(self, data: bytes) -> bytes:
        with self._lock:
            self._tls.write(data)
            return self._goes.read()

    def _last_word(self) -> bytes:
        """Return what says that nothing more will be written; what is still to come in can be read all the same."""
        with self._lock, suppress(ssl.SSLError):
            self._tls.unwrap()
        return self._goes.read()
