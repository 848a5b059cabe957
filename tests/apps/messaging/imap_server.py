"""A small IMAP server for tests: it speaks as much of RFC 3501 as a reader needs, and can stall, drop or renumber."""

from __future__ import annotations

import re
import socketserver
import threading
from typing import Any


class Box:
    """What the server holds: mails by number, and how it misbehaves."""

    def __init__(self) -> None:
        self.mails: dict[int, bytes] = {}
        self.validity = 7
        self.password = "s3cret"
        self.seen: set[int] = set()
        self.commands: list[str] = []
        self.drop_after: int | None = None
        self.stall = False
        self.connections = 0

    def add(self, content: bytes) -> int:
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = content
        return uid


class Handler(socketserver.StreamRequestHandler):
    timeout = 10

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self) -> None:
        box: Box = self.server.box  # type: ignore[attr-defined]
        box.connections += 1
        self.given, self.readonly = 0, True
        self.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            box.commands.append(rest if not rest.upper().startswith("LOGIN") else "LOGIN")
            if box.stall and rest.upper().startswith("UID FETCH"):
                threading.Event().wait(3)
                return
            if self.answer(box, tag, rest) is False:
                return

    def answer(self, box: Box, tag: str, rest: str) -> Any:
        word = rest.upper()
        if word.startswith("CAPABILITY"):
            self.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        elif word.startswith("LOGIN"):
            if box.password not in rest:
                return self.say(f"{tag} NO [AUTHENTICATIONFAILED] no")
        elif word.startswith(("SELECT", "EXAMINE")):
            if "INBOX" not in word:
                return self.say(f"{tag} NO no such folder")
            self.readonly = word.startswith("EXAMINE")
            self.say(f"* {len(box.mails)} EXISTS")
            self.say(f"* OK [UIDVALIDITY {box.validity}] valid")
        elif found := re.match(r"UID SEARCH UID (\d+):\*", rest, re.IGNORECASE):
            last = max(box.mails, default=0)
            uids = [uid for uid in sorted(box.mails) if uid >= min(int(found[1]), last)]
            self.say("* SEARCH " + " ".join(map(str, uids)))
        elif found := re.match(r"UID FETCH (\d+) \((.*)\)", rest, re.IGNORECASE):
            if self.fetch(box, int(found[1]), found[2].upper()) is False:
                return False
        elif found := re.match(r"UID STORE (\d+) \+FLAGS", rest, re.IGNORECASE):
            assert not self.readonly
            box.seen.add(int(found[1]))
        elif word.startswith("LOGOUT"):
            self.say("* BYE bye")
            self.say(f"{tag} OK done")
            return False
        else:
            return self.say(f"{tag} BAD what")
        self.say(f"{tag} OK done")
        return True

    def fetch(self, box: Box, uid: int, what: str) -> Any:
        content = box.mails.get(uid)
        if content is None:
            return True
        place = sorted(box.mails).index(uid) + 1
        if "RFC822.SIZE" in what:
            self.say(f"* {place} FETCH (UID {uid} RFC822.SIZE {len(content)})")
            return True
        self.given += 1
        if "HEADER" in what:
            content = content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        head = f"* {place} FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode()
        if box.drop_after is not None and self.given > box.drop_after:
            self.wfile.write(head + content[: len(content) // 2])
            return False
        self.wfile.write(head + content + b")\r\n")
        return True


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.box = Box()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"imap://ap%40seller.example:{self.box.password}@127.0.0.1:{self.server_address[1]}?tls=off"
