"""``nodetool.control``: branches, streams and loops."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypedDict

from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import NOTHING, Stream, family
from nodetool_jupyter.nodes.expression import expression
from nodetool_jupyter.nodes.expression import predicate as read_predicate
from nodetool_jupyter.nodes.javascript import to_text
from nodetool_jupyter.nodes.plain import plain_key, same
from nodetool_jupyter.nodes.streams import by_arrival

node = family("nodetool.control")


class Branches(TypedDict, total=False):
    """The two sides of a decision; the one not taken is absent."""

    if_true: Any
    if_false: Any


class Routes(TypedDict, total=False):
    """The two ways out of a switch, and the number of the case that matched (-1 for none)."""

    matched: Any
    default: Any
    index: int


class Rescue(TypedDict):
    """A value, and whether it is the fallback."""

    output: Any
    error: str
    has_error: bool


class Item(TypedDict):
    """An item of a stream and its number."""

    output: Any
    index: int


class Batch(TypedDict):
    """Some items of a stream together, and the number of the batch."""

    output: list[Any]
    index: int


class Pair(TypedDict):
    """An item of each of two streams."""

    left: Any
    right: Any


class NumberedPair(Pair):
    """An item of each of two streams, and their number."""

    index: int


class Turn(TypedDict, total=False):
    """What a loop sends on each pass, and at its end."""

    value: Any
    index: int
    done: Any


@node
def If(condition: bool = False, value: Any = []) -> Branches:
    """Send the value to one side; the other side gets nothing."""
    return {"if_true": value} if condition else {"if_false": value}


@node
def Switch(value: Any = "", cases: list[Any] = [], input: Any = None) -> Routes:
    """Send ``input`` to ``matched`` when a case equals ``value`` as text, else to ``default``."""
    wanted = to_text(value)
    for index, case in enumerate(cases):
        if to_text(case) == wanted:
            return {"matched": input, "index": index}
    return {"default": input, "index": -1}


@node
def TryCatch(value: Any = None, fallback: Any = None) -> Rescue:
    """Replace a missing value by the fallback; a node that fails still fails."""
    if value is None:
        return {"output": fallback, "error": "Value is null or undefined", "has_error": True}
    return {"output": value, "error": "", "has_error": False}


@node
def Reroute(input_value: Any = []) -> Any:
    """Pass a value through."""
    return input_value


@node
def ForEach(input_list: list[Any] = [], limit: int = -1) -> Iterator[Item]:
    """Send the items of a list one by one; ``limit`` of 0 or more caps how many."""
    for index, item in enumerate(input_list if limit < 0 else input_list[:limit]):
        yield {"output": item, "index": index}


@node
def Collection(items: list[Any] = []) -> Iterator[Item]:
    """Send the items of a list one by one."""
    for index, item in enumerate(items):
        yield {"output": item, "index": index}


@node
def RepeatCount(count: int = 1) -> Iterator[int]:
    """Send the numbers from 0 to below ``count``."""
    yield from range(count)


@node
def RepeatValue(value: Any = None, count: int = 1) -> Iterator[Any]:
    """Send a value ``count`` times."""
    for _ in range(count):
        yield value


@node
async def Collect(input_item: Stream[Any]) -> list[Any]:
    """Gather a stream into a list."""
    return [item async for item in input_item]


@node
async def Count(input_item: Stream[Any]) -> int:
    """Count the items of a stream."""
    count = 0
    async for _ in input_item:
        count += 1
    return count


@node
async def Last(input_item: Stream[Any]) -> Any:
    """Return the last item of a stream; nothing when there is none."""
    last: Any = NOTHING
    async for last in input_item:  # noqa: B007  # the last one is what is wanted
        pass
    return last


@node
async def Take(input_item: Stream[Any], n: int = 1) -> AsyncIterator[Item]:
    """Forward the first ``n`` items."""
    index = 0
    async for item in input_item:
        if index >= n:
            break
        yield {"output": item, "index": index}
        index += 1


@node
async def Drop(input_item: Stream[Any], n: int = 1) -> AsyncIterator[Item]:
    """Leave out the first ``n`` items and forward the rest."""
    index = 0
    async for item in input_item:
        if index >= n:
            yield {"output": item, "index": index - max(n, 0)}
        index += 1


@node
async def TakeWhile(input_item: Stream[Any], predicate: str = "true") -> AsyncIterator[Item]:
    """Forward items until the JavaScript expression over ``item`` is false for one."""
    holds, index = read_predicate(predicate), 0
    async for item in input_item:
        if not holds({"item": item}):
            break
        yield {"output": item, "index": index}
        index += 1


@node
async def DropWhile(input_item: Stream[Any], predicate: str = "false") -> AsyncIterator[Item]:
    """Leave out items until the JavaScript expression over ``item`` is false for one, and forward the rest."""
    holds, index, dropping = read_predicate(predicate), 0, True
    async for item in input_item:
        dropping = dropping and holds({"item": item})
        if not dropping:
            yield {"output": item, "index": index}
            index += 1


@node
async def FilterEqual(input_item: Stream[Any], value: Any = None, invert: bool = False) -> AsyncIterator[Any]:
    """Forward the items that equal ``value`` in all depth; with ``invert``, the others."""
    async for item in input_item:
        if same(item, value) != invert:
            yield item


@node
async def FilterCode(input_item: Stream[Any], predicate: str = "true") -> AsyncIterator[Any]:
    """Forward the items for which the JavaScript expression over ``item`` holds."""
    holds = read_predicate(predicate)
    async for item in input_item:
        if holds({"item": item}):
            yield item


@node
async def Distinct(input_item: Stream[Any], key: str = "") -> AsyncIterator[Any]:
    """Forward the first item of each key: the whole item, or a JavaScript expression over ``item``."""
    of = expression(key) if key.strip() else None
    seen: set[str] = set()
    async for item in input_item:
        mark = plain_key(item if of is None else of({"item": item}))
        if mark not in seen:
            seen.add(mark)
            yield item


@node
async def Chunk(input_item: Stream[Any], size: int = 10) -> AsyncIterator[Batch]:
    """Gather a stream into lists of ``size``; the last may be shorter."""
    batch: list[Any] = []
    index = 0
    async for item in input_item:
        batch.append(item)
        if len(batch) >= size:
            yield {"output": batch, "index": index}
            batch, index = [], index + 1
    if batch:
        yield {"output": batch, "index": index}


@node
async def Tap(ctx: NodeContext, input_item: Stream[Any], label: str = "tap") -> AsyncIterator[Any]:
    """Write each item into the log, and forward it."""
    async for item in input_item:
        shown = repr(item)
        ctx.log(f"{label}: {shown if len(shown) <= 200 else shown[:199] + '…'}")
        yield item


@node
async def Zip(left: Stream[Any], right: Stream[Any], max_unmatched_pairs: int = 1024) -> AsyncIterator[NumberedPair]:
    """Pair the items of two streams by their number; one may run ahead of the other by ``max_unmatched_pairs``."""
    waiting: tuple[deque[Any], deque[Any]] = (deque(), deque())
    index = 0
    async for side, item in by_arrival(left, right):
        waiting[side].append(item)
        if all(waiting):
            yield {"left": waiting[0].popleft(), "right": waiting[1].popleft(), "index": index}
            index += 1
        elif len(waiting[side]) > max_unmatched_pairs:
            raise ValueError(f"Zip: one stream is more than {max_unmatched_pairs} items ahead of the other")


@node
async def Cross(left: Stream[Any], right: Stream[Any], max_output_count: int = 1024) -> AsyncIterator[Pair]:
    """Send every pair of an item of the left and one of the right stream, the left one changing slowest."""
    sides: tuple[list[Any], list[Any]] = ([], [])
    async for side, item in by_arrival(left, right):
        sides[side].append(item)
        if len(sides[0]) * len(sides[1]) > max_output_count:
            raise ValueError(f"Cross: there are more than {max_output_count} pairs; raise max_output_count")
    for first in sides[0]:
        for second in sides[1]:
            yield {"left": first, "right": second}


@node(role="loop")
def Loop(initial: Any = None, next: Any = None, condition: bool = True, max_iterations: int = 100) -> Turn:
    """Repeat: send ``value``, take ``next`` back, until ``condition`` is false or ``max_iterations`` are done.

    At least one pass; ``done`` carries the last ``next``. Only edges into ``next`` and ``condition`` may close a cycle.
    """
    return {}
