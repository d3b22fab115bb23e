"""One passage through a file: its batches on their way, some side by side, and what came of each into the journal."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from .batches import Batch
from .journal import Journal, Result

# Calls under way side by side. Two keep one server process busy, and a third waits there while the next is read.
AT_ONCE = 3

Send = Callable[[Batch], Coroutine[Any, Any, Result]]
Watch = Callable[[Batch, Result], None]


async def carry_out(journal: Journal, batches: Iterable[Batch], send: Send, watch: Watch) -> None:
    """Send all batches. What breaks off here is planned, and goes on where it was when the same is asked again.

    Raises: what `send` and the iterable raise; what was under way then is neither waited for nor taken for done.
    """
    under_way: dict[asyncio.Task[Result], Batch] = {}
    try:
        for batch in batches:
            while len(under_way) == AT_ONCE or any(map(batch.conflicts, under_way.values())):
                await _settle_some(journal, under_way, watch)
            journal.plan(batch.phase, batch.number, batch.last)
            under_way[asyncio.create_task(send(batch))] = batch
            # Lets it leave before the next one is read, which takes the processor.
            await asyncio.sleep(0)
        while under_way:
            await _settle_some(journal, under_way, watch)
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _settle_some(journal: Journal, under_way: dict[asyncio.Task[Result], Batch], watch: Watch) -> None:
    done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        batch = under_way.pop(task)
        result = task.result()
        journal.settle(batch.phase, batch.number, result)
        watch(batch, result)
