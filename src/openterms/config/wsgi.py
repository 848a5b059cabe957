"""The web process's entry."""

import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openterms.config.settings")
application = get_wsgi_application()


def _warm() -> None:
    """Load the engine of reports and let it answer once, so that the first person to ask does not wait for that."""
    from openterms.apps.analytics.report.books import warm

    warm()


Thread(target=_warm, name="warm", daemon=True).start()
