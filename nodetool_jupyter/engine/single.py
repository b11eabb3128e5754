"""Running one node by itself: given values in, each item it sends out, with the same actor as in a graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from nodetool_jupyter.engine.actor import Actor
from nodetool_jupyter.engine.behave import at_once_of, behaviour_of
from nodetool_jupyter.engine.outputs import Outputs
from nodetool_jupyter.engine.plan import Plan, Step, make_plan
from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.engine.runner import Deliver, RunSettings, WorkflowRunner
from nodetool_jupyter.engine.validate import check, check_permissions
from nodetool_jupyter.graph import Graph, Node
from nodetool_jupyter.nodes.registry import Registry, registry

Item = dict[str, Any]
Give = Callable[[Item], Awaitable[None]]


def plan_node(
    node_type: str, node_id: str, fields: Mapping[str, Any], *, allow: tuple[str, ...] = (), known: Registry = registry
) -> Plan:
    """Return the plan of one node without edges; fields that its type does not declare are passed over.

    Raises :class:`~nodetool_jupyter.errors.InvalidGraph` with all that is wrong with its values, and
    :class:`~nodetool_jupyter.errors.InvalidRequest` for a permission that it needs and was not given.
    """
    node = Node(id=node_id, type=node_type, data=dict(fields))
    resolved = resolve(Graph(nodes=[node], edges=[]), known, None)
    check(resolved, known=known)
    check_permissions(resolved, allow)
    return make_plan(resolved)


class NodeRunner(WorkflowRunner):
    """Runs a plan of :func:`plan_node`.

    With ``give`` every item that the node sends is handed to it, and the node goes on when it has returned; without,
    ``last`` has each slot's last value that is not ``None`` in the end.
    """

    def __init__(self, plan: Plan, settings: RunSettings, deliver: Deliver, give: Give | None = None) -> None:
        super().__init__(plan, settings, deliver)
        self._items = _Items(give, self.node_failed)
        self.outputs = cast(Outputs, self._items)
        (step,) = plan.steps
        self.actors = [_Alone(self, step, behaviour_of(step), self._at_once(step))]

    def _at_once(self, step: Step) -> Any:
        return at_once_of(step)

    def take_last(self) -> Item:
        """Return what each slot has sent last, and keep nothing of it."""
        last, self._items.last = self._items.last, {}
        return last

    def forget(self) -> None:
        """Let go of the node's values: a run refers to itself, and would keep them until the garbage is collected."""
        self._items.last = {}
        for step in self.plan.steps:
            step.values = {}


class _Alone(Actor):
    """An actor whose items stay whole: what one call sent to several slots belongs together."""

    __slots__ = ()

    def emit(self, result: Any) -> None:
        super().emit(result)
        cast(_Items, self.run.outputs).close_item()

    def send(self, slot: str, value: Any) -> None:
        self.sent += 1
        self.last[slot] = value
        cast(_Items, self.run.outputs).put(slot, value)


class _Items:
    """Stands in the place of a run's outputs, which name and store what reaches them."""

    def __init__(self, give: Give | None, failed: Callable[[Actor, BaseException], None]) -> None:
        self.results: dict[str, Any] = {}
        self.storing = False
        self.last: Item = {}
        self._give = give
        self._failed = failed
        self._item: Item = {}
        self._waiting: deque[Item] = deque()

    def put(self, slot: str, value: Any) -> None:
        self._item[slot] = value

    def close_item(self) -> None:
        item, self._item = self._item, {}
        if self._give is None:
            self.last.update(
                {slot: value for slot, value in item.items() if value is not None or slot not in self.last}
            )
        elif item:
            self._waiting.append(item)
            self.storing = True

    async def stored(self) -> None:
        """Hand over what was sent so far; named as the thing it stands for has it."""
        assert self._give is not None
        while self._waiting:
            await self._give(self._waiting.popleft())
        self.storing = False
