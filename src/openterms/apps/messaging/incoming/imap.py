"""A mailbox over IMAP (RFC 3501): encrypted, bounded in time, read and never changed unless told to mark as seen."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from openterms.core.base.reasons import gettext_noop
from openterms.formats.channels.server import Kind, Place, read_place
from openterms.formats.mail.message import MOST_BYTES

_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UID = re.compile(rb"UID (\d+)")
MOST_SECONDS = 15 * 60
"""No reading of a mailbox takes longer; what is left is read the next time."""


class MailboxDown(Exception):
    """The mailbox cannot be read now. The text says why, for people, without a secret in it."""

    def __init__(self, what: str) -> None:
        self.what = " ".join(what.split())[:500]
        super().__init__(self.what)


KIND = Kind(
    "imap", 143, 993,
    (
        gettext_noop("this is not the address of a mailbox"),
        gettext_noop("write it as imaps://user:password@mail.company.com:993"),
    ),
    (gettext_noop("mail is not read unencrypted over a network"), gettext_noop("leave tls=off out")),
)  # fmt: skip


def read_url(url: str) -> Place:
    """`imaps://user:password@host:993`, `imap://…:143` (STARTTLS), or on this machine `imap://127.0.0.1:143?tls=off`.

    Errors: BadInput for anything else.
    """
    return read_place(url, KIND)


class ImapBox:
    """An open mailbox."""

    def __init__(
        self, place: Place, folder: str, secrets: Mapping[str, str], seconds: int, marks_seen: bool = False,
        context: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self.place, self.folder, self.secrets, self.seconds = place, folder, secrets, seconds
        self.marks_seen, self.context = marks_seen, context or ssl.create_default_context()
        self.uid_validity, self.count = 0, 0
        self.server: imaplib.IMAP4 | None = None
        self.over = threading.Event()

    def __enter__(self) -> Self:
        """Connect, encrypt, sign in, open the folder. Errors: MailboxDown."""
        place = self.place
        try:
            if place.is_secure:
                server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                    place.host, place.port, ssl_context=self.context, timeout=self.seconds
                )
            else:
                server = imaplib.IMAP4(place.host, place.port, timeout=self.seconds)
            self.server = server
            self.watch = threading.Timer(MOST_SECONDS, self._stop)
            self.watch.daemon = True
            self.watch.start()
            if not place.is_secure and not place.is_plain:
                server.starttls(self.context)
            self._sign_in(server)
            said, data = server.select(f'"{self.folder}"', readonly=not self.marks_seen)
            if said != "OK":
                raise MailboxDown(f"the folder {self.folder} cannot be opened")
            self.count = int((data[0] or b"0").split()[0])
            validity = server.response("UIDVALIDITY")[1]
            if not validity or validity[0] is None:
                raise MailboxDown("the server does not number its mails (UIDVALIDITY)")
            self.uid_validity = int(validity[0].strip(b"[]"))
        except MailboxDown:
            self.close()
            raise
        except (OSError, imaplib.IMAP4.error, ValueError, IndexError) as error:
            self.close()
            raise MailboxDown(f"the mailbox cannot be reached ({type(error).__name__})") from error
        return self

    def _sign_in(self, server: imaplib.IMAP4) -> None:
        user, password = self.secrets.get("user", ""), self.secrets.get("password", "")
        if any(letter in user + password for letter in "\r\n\0"):
            raise MailboxDown("the user or password holds a line end")
        try:
            if (user + password).isascii():
                server.login(user, password)
            else:
                server.authenticate("PLAIN", lambda _challenge: b"\0" + user.encode() + b"\0" + password.encode())
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise MailboxDown("the server does not take this user and password") from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Sign out. The folder is not closed, which would do away with what somebody else marked as deleted."""
        server, self.server = self.server, None
        if server is None:
            return
        self.watch.cancel() if hasattr(self, "watch") else None
        with suppress(OSError, imaplib.IMAP4.error):
            server.logout()
        with suppress(OSError):
            server.shutdown()

    def _stop(self) -> None:
        self.over.set()
        with suppress(OSError, AttributeError):
            self.server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    def since(self, last_uid: int, most: int) -> Iterator[tuple[int, bytes]]:
        """The mails after a number, in order: number and bytes; of one that is too large its headers and a line end.

        One that is gone meanwhile is passed over. Errors: MailboxDown.
        """
        for uid in self._uids(last_uid)[:most]:
            size = self._fetch(uid, "(UID RFC822.SIZE)")
            found = _SIZE.search(size[0]) if size else None
            if found is None:
                continue
            is_whole = int(found[1]) <= MOST_BYTES
            given = self._fetch(uid, "(UID BODY.PEEK[])" if is_whole else "(UID BODY.PEEK[HEADER])")
            content = next((one for one in given[1:] if one), b"")
            yield uid, content

    def mark(self, uid: int) -> None:
        """Mark as seen, where that was asked for."""
        if self.marks_seen:
            self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def _uids(self, last_uid: int) -> list[int]:
        data = self._ask("SEARCH", None, f"UID {last_uid + 1}:*")
        numbers = (int(one) for part in data if isinstance(part, bytes) for one in part.split() if one.isdigit())
        # `n:*` holds the last mail even where n is past it
        return sorted({one for one in numbers if one > last_uid})

    def _fetch(self, uid: int, what: str) -> list[bytes]:
        """The head of the answer for a mail and its literals; empty where the mail is gone."""
        for part in self._ask("FETCH", str(uid), what):
            head = part[0] if isinstance(part, tuple) else part
            named = _UID.search(head) if isinstance(head, bytes) else None
            if named and int(named[1]) == uid:
                return [head, *(part[1:] if isinstance(part, tuple) else ())]
            if isinstance(part, tuple):  # a server may say the number after the bytes
                return [head, *part[1:]]
        return []

    def _ask(self, command: str, *words: str | None) -> list[bytes | tuple[bytes, bytes]]:
        if self.server is None:
            raise MailboxDown("the mailbox is closed")
        try:
            said, data = self.server.uid(command, *[one for one in words if one is not None])
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            late = self.over.is_set() or isinstance(error, TimeoutError)
            raise MailboxDown("the server stalled" if late else f"the line broke ({type(error).__name__})") from error
        if said != "OK":
            raise MailboxDown(f"the server refused {command}")
        return list(data or [])
