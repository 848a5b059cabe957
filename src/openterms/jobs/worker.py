"""The worker process: runs deferred tasks and keeps the timetable."""

from __future__ import annotations

import os

import django


def main() -> None:
    """Work until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openterms.config.settings")
    django.setup()
    from procrastinate.contrib.django import app

    worker_app = app.with_connector(app.connector.get_worker_connector())
    worker_app.run_worker(concurrency=1, install_signal_handlers=True)


if __name__ == "__main__":
    main()
