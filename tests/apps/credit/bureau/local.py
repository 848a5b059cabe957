"""A local bureau: an HTTP server on loopback that answers in the documented shapes, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.formats.bureau import answers as a


class LocalBureau:
    """Tokens, matches and reports of both bureaus. `script` holds what to do instead, one for each call of a step:

    a status, a (status, headers, body) triple, or a callable that gets the handler. `seen` lists (step, path).
    """

    def __init__(self):
        self.script = {"token": deque(), "match": deque(), "report": deque()}
        self.answers = {"dnb": a.sent(a.DNB), "scores": a.sent(a.SCORES)}
        self.seen = []
        self.tokens = 0
        self.valid = set()
        bureau = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args):
                pass

            def do_GET(self):
                bureau.answer(self)

            do_POST = do_GET

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True, kwargs={"poll_interval": 0.01}).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        step = self.step_of(handler.path)
        self.seen.append((step, handler.path))
        if self.script[step]:
            told = self.script[step].popleft()
            if callable(told):
                told(handler)
                return
            self.send(handler, *(told if isinstance(told, tuple) else (told, {}, b'{"error": "told to"}')))
            return
        if step == "token":
            self.tokens += 1
            token = f"token-{self.tokens}"
            self.valid.add(token)
            self.send(handler, 200, {}, json.dumps({"access_token": token, "expiresIn": 3600}).encode())
        elif handler.headers.get("Authorization", "").removeprefix("Bearer ") not in self.valid:
            self.send(handler, 401, {}, b'{"error": {"errorCode": "00004"}}')
        elif step == "match":
            self.send(handler, 200, {}, a.sent(a.SEARCH if body else a.DNB_MATCH))
        else:
            self.send(handler, 200, {}, self.answers["scores" if body else "dnb"])

    @staticmethod
    def step_of(path):
        if "token" in path:
            return "token"
        return "match" if "Match" in path or path.endswith("/search") else "report"

    @staticmethod
    def send(handler, status, headers, body):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    @staticmethod
    def slow(seconds):
        """Drips a byte at a time for so long, so that only a bound on the whole call ends it."""

        def drip(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            until = time.monotonic() + seconds
            try:
                while time.monotonic() < until:
                    handler.wfile.write(b" ")
                    handler.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                pass

        return drip

    @staticmethod
    def breaks_off(handler):
        """Promises more than it sends."""
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(b"{")
        handler.close_connection = True

    def steps(self):
        return [step for step, _path in self.seen]
