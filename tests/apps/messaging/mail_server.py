"""A mail server for tests, on this machine: it takes mail, or behaves as badly as it is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Box:
    """What arrived, and how the server behaves: by address, or to everybody under `*`.

    `refuse`: 550 at RCPT; `busy`: 451 at RCPT; `stall`: no answer to DATA; `hang`: none, though the message is taken;
    `drop`: the line is cut after the message was taken, before it says so; `cut`: before it was taken; `closed`: 421 to
    everybody.
    """

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.behaves: dict[str, str] = {}

    def of(self, address: str) -> str:
        return self.behaves.get(address, self.behaves.get("*", ""))

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.of("*") == "closed":
            return "421 4.3.2 closing"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        what = self.of(address)
        if what == "refuse":
            return "550 5.1.1 no such user"
        if what == "busy":
            return "451 4.7.1 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        what = self.of(envelope.rcpt_tos[0])
        if what == "stall":
            await asyncio.sleep(30)
        if what != "cut":
            self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        if what == "hang":
            await asyncio.sleep(60)
        if what in ("cut", "drop"):
            server.transport.abort()
            await asyncio.sleep(0.1)
        return f"250 2.0.0 queued as {len(self.taken)}"

    def ids(self) -> list[str]:
        return [str(one["Message-ID"]) for one in self.taken]


@contextmanager
def mail_server() -> Iterator[tuple[Box, str]]:
    """A box and the address of its server."""
    box = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, f"smtp://127.0.0.1:{port}?tls=off"
    finally:
        controller.stop()
