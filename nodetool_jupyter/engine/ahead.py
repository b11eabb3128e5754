"""A thread that has a value goes on with it: the next plain functions of a chain, without a hop for each.

Handing a value back to the engine's loop and on to another thread costs far more than most functions. Where a node's
only edge leads to another plain function that waits for nothing else, and only one value will come, the thread calls
that one too and leaves the result where the next actor will look for it. What actors see, send and report is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.engine.resolve import CONTROL
from nodetool_jupyter.engine.session import Session, Tag
from nodetool_jupyter.nodes.define import NOTHING

if TYPE_CHECKING:
    from nodetool_jupyter.engine.actor import Actor


class AheadSession(Session):
    """The one call of an actor further down a chain, made by the thread of the chain's first."""

    def __init__(self, actor: Actor, handle: str) -> None:
        super().__init__(actor.run.loop)
        self.node_id, self.label = actor.step.id, actor.step.label
        self._run = actor.run
        self._function: Callable[..., Any] = actor.step.kind.call
        self._values = dict(actor.values)
        self._handle = handle

    def feed(self, calls: list[dict[str, Any]], *, last: bool = False) -> None:
        """Do nothing: the call was made, or is being made, with this very value."""

    def close(self) -> None:
        """Do nothing: the thread goes home by itself."""

    @property
    def stopped(self) -> bool:
        """Whether nobody will take what comes."""
        return self.abandoned or self._run.face.cancelled()

    def call(self, value: Any) -> Any:
        """Make the call with the value that will reach the actor, in the thread that computed it."""
        self._run.sessions.add(self)
        try:
            result = self._function(**{**self._values, self._handle: value})
        except BaseException as error:
            self.tell(Tag.FAILED, error)
            raise
        else:
            self.tell(Tag.RESULT, result)
            return result
        finally:
            self.open = False
            self._run.session_ended(self)


def run_ahead(sessions: list[AheadSession], value: Any, yield_turn: Callable[[], None]) -> None:
    """Call the functions of a chain one after the other, as far as values come and nobody cancels."""
    for session in sessions:
        yield_turn()
        if value is NOTHING or session.stopped:
            return
        try:
            value = session.call(value)
        except BaseException:  # it was told; the actor that takes it will say so
            return


def chain_after(actor: Actor) -> list[AheadSession]:
    """Return sessions for the actors that one value of ``actor`` will pass, as far as a thread may go ahead."""
    sessions: list[AheadSession] = []
    following = _next_of(actor)
    while following is not None:
        handle = next(iter(following.inlets))
        following.ahead = AheadSession(following, handle)
        sessions.append(following.ahead)
        following = _next_of(following)
    return sessions


def _next_of(actor: Actor) -> Actor | None:
    outlets = [outlet for found in actor.outlets.values() for outlet in found]
    if len(outlets) != 1 or actor.step.kind.named is not None:
        return None
    inlet = outlets[0].inlet
    step, kind = inlet.actor.step, inlet.actor.step.kind
    waits_for_nothing_else = len(step.handles) == 1 and inlet.handle.sources == 1
    one_value = not (inlet.handle.streaming or inlet.handle.stream or inlet.handle.media or step.media)
    ordinary = kind.flavour == "plain" and kind.role == "node" and not (kind.inline or kind.is_class)
    alone = kind.timeout is None and kind.context_name is None and not kind.streams_in and CONTROL not in step.handles
    return inlet.actor if waits_for_nothing_else and one_value and ordinary and alone else None
