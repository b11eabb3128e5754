"""The values that reach a workflow's outputs: reported in order, stored off the loop where that takes time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.engine import threads
from nodetool_jupyter.engine.report import Reporter
from nodetool_jupyter.values import ValueStore

if TYPE_CHECKING:
    from nodetool_jupyter.engine.actor import Actor

_QUICK = frozenset({str, int, float, bool, type(None)})


class Outputs:
    """Takes what reaches the outputs; ``results`` has the last value of each, as it is stored.

    ``storing`` is true while values wait to be stored; their senders then await :meth:`stored`.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        values: ValueStore,
        reporter: Reporter,
        failed: Callable[[Actor, BaseException], None],
    ) -> None:
        self.results: dict[str, Any] = {}
        self.storing = False
        self._loop = loop
        self._values = values
        self._reporter = reporter
        self._failed = failed
        self._waiting: deque[tuple[Actor, str, Any]] = deque()
        self._lock = asyncio.Lock()

    def take(self, actor: Actor, name: str, value: Any) -> None:
        """Take one value; large ones wait, and others behind them, for :meth:`stored`."""
        if self.storing or not _quick(value):
            self.storing = True
            self._waiting.append((actor, name, value))
        else:
            self._put(actor, name, self._values.encode(value), value)

    async def stored(self) -> None:
        """Wait until every value so far is stored; one that cannot be fails the node that sent it."""
        async with self._lock:
            while self._waiting:
                actor, name, value = self._waiting.popleft()
                try:
                    data = await self._encoded(value)
                except Exception as error:
                    self._failed(actor, error)
                else:
                    self._put(actor, name, data, value)
            self.storing = False

    def _put(self, actor: Actor, name: str, data: Any, value: Any) -> None:
        self.results[name] = data
        step = actor.step
        kind = _output_type(data, value)
        self._reporter.emit(
            ev.OutputUpdate(node_id=step.id, node_name=step.label, output_name=name, value=data, output_type=kind)
        )

    async def _encoded(self, value: Any) -> Any:
        future: asyncio.Future[Any] = self._loop.create_future()

        def give(data: Any, error: Exception | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(data)
            else:
                future.set_exception(error)

        def work() -> None:
            data, fault = None, None
            try:
                data = self._values.encode(value)
            except Exception as error:
                fault = error
            try:
                self._loop.call_soon_threadsafe(give, data, fault)
            except RuntimeError:  # the run was cancelled meanwhile, and its loop closed
                return

        threads.cache.run(work)
        return await future


def _quick(value: Any) -> bool:
    """Tell whether a value is so small and plain that storing it takes microseconds."""
    kind = type(value)
    if kind in _QUICK:
        return kind is not str or len(value) < 16_384
    if kind in (list, tuple) and len(value) <= 64:
        return all(type(item) in _QUICK for item in value)
    if kind is dict and len(value) <= 64:
        return all(type(item) in _QUICK for item in value.values())
    return False


def _output_type(data: Any, value: Any) -> str:
    if isinstance(data, dict) and isinstance(data.get("type"), str) and "uri" in data:
        return str(data["type"])
    known = {str: "str", int: "int", float: "float", bool: "bool", list: "list", tuple: "list", dict: "dict"}
    return known.get(type(value), "any")
