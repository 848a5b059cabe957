"""The worker process: runs deferred tasks and keeps the timetable, also across a restart of its database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal

import django

PAUSE_SECONDS = 1.0
"""Between two attempts to reach a database that went away."""

log = logging.getLogger(__name__)


def main() -> None:
    """Work until told to stop (SIGTERM, SIGINT); the job under way is finished first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openterms.config.settings")
    django.setup()
    asyncio.run(_work())


async def _work() -> None:
    """Workers one after another: one ends when its connection that listens for jobs cannot be had again."""
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    stop = asyncio.create_task(told_to_stop.wait())
    while not stop.done():
        worker = asyncio.create_task(_one_worker())
        await asyncio.wait({worker, stop}, return_when=asyncio.FIRST_COMPLETED)
        if stop.done():
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker
        else:
            await worker
            log.warning("The worker lost its database; trying again in %g s.", PAUSE_SECONDS)
            await asyncio.wait({stop}, timeout=PAUSE_SECONDS)


async def _one_worker() -> None:
    """Work until cancelled or until the database cannot be reached; any other error is raised."""
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import ConnectorException

    worker_app = app.with_connector(app.connector.get_worker_connector())
    with contextlib.suppress(ConnectorException):
        async with worker_app.open_async():
            await worker_app.run_worker_async(concurrency=1, install_signal_handlers=False)


if __name__ == "__main__":
    main()
