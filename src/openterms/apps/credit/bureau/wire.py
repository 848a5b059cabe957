"""Requests to bureaus: the product's one way over the network, with this machine let in where the operator says so.

`OPENTERMS_BUREAU_LOCAL=1` lets plain HTTP to this machine's loopback through, for tests and gateways.
"""

from __future__ import annotations

from urllib.parse import SplitResult

from django.conf import settings

from openterms.apps.tenancy import wire
from openterms.apps.tenancy.wire import Response, WireFault
from openterms.formats.bureau.adapters import Call
from openterms.formats.bureau.report import MOST_BYTES

__all__ = ["Response", "WireFault", "check_base_url", "send"]


def check_base_url(text: str) -> SplitResult:
    """The parts of a base address. BadInput unless it is https with a host, or loopback where that is allowed."""
    return wire.check_base_url(text, settings.BUREAU_LOCAL)


def send(base_url: str, call: Call, seconds: float) -> Response:
    """Make one request. `seconds` bounds the whole of it. Errors: WireFault, or BadInput for a bad base address."""
    return wire.send(base_url, call, seconds, settings.BUREAU_LOCAL, MOST_BYTES)
