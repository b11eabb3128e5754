"""A run's second loop: where users' async functions run, so that one that blocks holds up no engine."""

from __future__ import annotations

import asyncio

from nodetool_jupyter.engine import threads


class SecondLoop:
    """An event loop on a thread of its own, made when the first async function needs it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threads.cache.run(self._serve)

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            tasks = asyncio.all_tasks(self.loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()

    def close(self) -> None:
        """Let the loop end when what it does now is done."""
        self.loop.call_soon_threadsafe(self.loop.stop)
