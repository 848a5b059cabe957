"""E-mail over SMTP: one connection for many messages, encrypted, bounded in time at every step and in all."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.messaging.purposes import SERVICE
from openterms.formats.channels.mail import Mail, compose
from openterms.formats.channels.server import Kind, Place, read_place

from .models import MessageChannel
from .port import Down, Later, Parcel, Rejected

_OF_ADDRESS = ("5.1.", "5.2.1", "5.2.0")
"""Enhanced status codes (RFC 3463) that speak of the mailbox or its domain."""


KIND = Kind(
    "smtp", 587, 465,
    (
        gettext_noop("this is not the address of a mail server"),
        gettext_noop("write it as smtp://user:password@mail.company.com:587, or smtps://…:465"),
    ),
    (gettext_noop("mail is not sent unencrypted over a network"), gettext_noop("leave tls=off out")),
)  # fmt: skip


def read_url(url: str) -> Place:
    """`smtp://user:password@host:587` (STARTTLS), `smtps://…:465`, or on this machine `smtp://127.0.0.1:25?tls=off`.

    Errors: BadInput for anything else.
    """
    return read_place(url, KIND)


class SmtpPort:
    """An open connection to a mail server."""

    def __init__(
        self, channel: MessageChannel, secrets: dict[str, str], at: Callable[[], datetime],
        context: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self.channel, self.secrets, self.at = channel, secrets, at
        self.place = read_url(channel.address)
        self.seconds = channel.timeout_seconds
        self.context = context or ssl.create_default_context()
        self.server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        self._connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.server.quit()
            self.server.close()

    def _connect(self) -> None:
        """Connect, encrypt, sign in. Errors: Down."""
        place, name = self.place, self.channel.sender.rpartition("@")[2] or None
        try:
            if place.is_secure:
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    place.host, place.port, name, timeout=self.seconds, context=self.context
                )
            else:
                server = smtplib.SMTP(place.host, place.port, name, timeout=self.seconds)
            self.server = server
            server.ehlo_or_helo_if_needed()
            if not place.is_secure and not place.is_plain:
                server.starttls(context=self.context)
            if self.secrets.get("user"):
                server.login(self.secrets["user"], self.secrets["password"])
        except smtplib.SMTPAuthenticationError as error:
            raise Down(f"the mail server does not take this user and password ({error.smtp_code})") from error
        except smtplib.SMTPResponseException as error:
            raise Down(f"the mail server answered {_said(error.smtp_code, error.smtp_error)}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Down(f"the mail server cannot be used ({type(error).__name__}: {error})") from error

    def send(self, parcel: Parcel) -> str:
        """Hand a message over. The key is the server's own word for it. Errors: Later, Rejected, Down."""
        try:
            made = compose(self._mail(parcel))
            sender, address = self.channel.sender, parcel.address
            if not (sender + address).isascii() and not (self.server and self.server.has_extn("smtputf8")):
                raise Rejected("the mail server takes no such address", True)
            content = made.as_bytes()
        except BadInput as error:
            raise Rejected(str(error), error.where == "address") from error
        if self.server is None:
            self._connect()
        assert self.server is not None
        over, server = threading.Event(), self.server

        def stop() -> None:
            over.set()
            with suppress(OSError, AttributeError):
                server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

        watch = threading.Timer(3 * self.seconds, stop)
        watch.daemon = True
        watch.start()
        try:
            return self._talk(server, sender, address, content)
        except (OSError, smtplib.SMTPServerDisconnected, ValueError) as error:
            server.close()
            self.server = None
            late = over.is_set() or isinstance(error, TimeoutError)
            raise Later("the mail server stalled" if late else f"the line broke ({type(error).__name__})") from error
        finally:
            watch.cancel()

    def _talk(self, server: smtplib.SMTP, sender: str, address: str, content: bytes) -> str:
        """MAIL, RCPT, DATA. Each no is told by its code."""
        options = ["SMTPUTF8"] if not (sender + address).isascii() else []
        steps: tuple[tuple[Callable[[], tuple[int, bytes]], bool], ...] = (
            (lambda: server.mail(sender, options), False),
            (lambda: server.rcpt(address), True),
        )
        for step, is_recipient in steps:
            code, answer = step()
            if code not in (250, 251):
                self._no(server, code, answer, is_recipient)
        try:
            code, answer = server.data(content)
        except smtplib.SMTPDataError as error:
            code, answer = error.smtp_code, _bytes(error.smtp_error)
        if code != 250:
            self._no(server, code, answer, False)
        return _text(answer)[:200]

    def _no(self, server: smtplib.SMTP, code: int, answer: bytes, is_recipient: bool) -> None:
        """Clear the conversation and say no: for ever where the code is permanent, else later."""
        if code in (421, -1):
            raise smtplib.SMTPServerDisconnected(_said(code, answer))
        with suppress(smtplib.SMTPServerDisconnected):
            server.rset()
        said, text = _said(code, answer), _text(answer)
        if 500 <= code < 600 and not text.startswith("5.2.2"):  # a full mailbox may have room tomorrow
            known = text.startswith(_OF_ADDRESS) or (code in (550, 551, 553) and not text.startswith(("5.7.", "5.3.")))
            raise Rejected(said, is_recipient and known)
        raise Later(said)

    def _mail(self, parcel: Parcel) -> Mail:
        channel = self.channel
        return Mail(
            id=parcel.id.hex, at=self.at(), sender=channel.sender, sender_name=channel.sender_name,
            address=parcel.address, name=parcel.name, subject=parcel.subject, text=parcel.text, html=parcel.html,
            language=parcel.language, reply_to=channel.reply_to, root=parcel.root, before=parcel.before,
            is_service=parcel.purpose in SERVICE, hook=channel.hook,
            files=tuple((one.name, one.media_type, one.content) for one in parcel.files),
        )  # fmt: skip


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _text(answer: bytes | str) -> str:
    return _bytes(answer).decode("utf-8", "replace").strip()


def _said(code: int, answer: bytes | str) -> str:
    return f"{code} {_text(answer)}"[:300]
