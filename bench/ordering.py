"""Orders on credit over HTTP beside what the database itself can do: the same statements, replayed by `pgbench`.

The web process is the product's own, as `openterms up` starts it. All ratios come from one run on one database: first
`pgbench` at the same number of connections, then the shop over HTTP. Every commit is durable (`fsync` on).
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from .figures import Figure
from .place import owner, seller
from .timing import quantile

CONNECTIONS = 16
HOT = 64
LINES = 100_000
SECONDS = 8
BATCH = 500
LIMIT = 10_000_000
HOT_LIMIT = 30_000
PORT = 8931

CUSTOMERS = """
INSERT INTO parties_customer (id, seller_id, number, name, search_name, country, currency, locale, timezone, terms,
    is_sole_trader, created_on, attributes)
SELECT openterms_id(), %(seller)s, 'C' || n, 'Trader ' || n, 'trader ' || n, 'US', 'USD', 'en', 'UTC', 'net 30', false,
    '2026-01-01', '{}' FROM generate_series(0, %(lines)s) n
"""
LINE = """
INSERT INTO credit_line (id, seller_id, customer_id, currency, limit_minor, is_unlimited, after_is_unlimited,
    held_minor)
SELECT openterms_id(), %(seller)s, id, 'USD', CASE WHEN number IN ('C0', %(last)s) THEN %(hot)s ELSE %(limit)s END,
    false, false, 0
FROM parties_customer WHERE seller_id = %(seller)s
"""
ITEMS = """
INSERT INTO receivables_item (id, seller_id, customer_id, kind, number, external_id, document_id, instalment,
    instalments, issued_on, due_on, currency, amount_minor, base_minor, discount_minor, terms, reference, entry_id,
    open_minor, contested_minor, in_flight_minor, planned_minor, promised_minor)
SELECT openterms_id(), %(seller)s, c.id, 'invoice', c.number || '-' || n, c.number || '-' || n, openterms_id(), 1, 1,
    '2026-11-01', '2027-01-01', 'USD', 10000, 10000, 0, 'net 30', '', openterms_id(), 10000, 0, 0, 0, 0
FROM parties_customer c, generate_series(1, 5) n WHERE c.seller_id = %(seller)s AND c.number NOT IN ('C0', %(last)s)
"""


def measure(size: int) -> list[Figure]:
    """Figures of the bench: ratios to `pgbench`, and how long single answers take."""
    lines = min(LINES, max(1_000, size // 10))
    found, secret = _fill(lines)
    with _replay(found, secret) as replay, _web():
        shop = Shop(secret, lines)
        shop.saturate(2)  # connections are made, statements prepared
        direct = replay(CONNECTIONS, 1, lines - 1)
        rate, times, refused = shop.saturate(SECONDS)
        direct = (direct + replay(CONNECTIONS, 1, lines - 1)) / 2
        _, paced, refused_paced = shop.paced(rate / 2, SECONDS)
        batched = shop.batches(SECONDS)
        hot_direct = replay(HOT, 0, 0)
        hot_rate, _, hot_refused = shop.saturate(SECONDS, HOT, hot=True)
        hot_direct = (hot_direct + replay(HOT, 0, 0)) / 2
    over = _held_over_limit(found.id)
    note = f"{lines:,} lines, {CONNECTIONS} connections"
    return [
        Figure("ordering", "pgbench, the same statements", direct, "/s", note=note),
        Figure("ordering", "authorisations over HTTP", rate, "/s"),
        Figure("ordering", "ratio to pgbench", rate / direct, "x", least=0.2),
        Figure("ordering", "refused for load", refused + refused_paced + hot_refused, "", most=0),
        Figure("ordering", "p99 at half that rate, open loop", 1000 * quantile(paced, 0.99), "ms", most=60),
        Figure("ordering", "p99 saturated", 1000 * quantile(times, 0.99), "ms", most=250),
        Figure("ordering", "authorisations in batches of 500", batched, "/s"),
        Figure("ordering", "batches, ratio to pgbench", batched / direct, "x", least=0.6),
        Figure("ordering", "pgbench on one line, 64 clients", hot_direct, "/s"),
        Figure("ordering", "one line over HTTP, 64 clients", hot_rate, "/s"),
        Figure("ordering", "one line, ratio to pgbench", hot_rate / hot_direct, "x", least=0.4),
        Figure("ordering", "lines over their limit", over, "", most=0),
    ]


def _fill(lines: int) -> tuple[Any, str]:
    """A seller with so many lines, five open invoices each, and a key."""
    from openterms.apps.tenancy.api_keys import add_key
    from openterms.apps.tenancy.context import acting

    found = seller(f"ORDERS{lines}")
    params = {"seller": found.id, "lines": lines, "limit": LIMIT, "hot": HOT_LIMIT, "last": f"C{lines}"}
    with owner() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in (CUSTOMERS, LINE, ITEMS):
            connection.execute(statement, params)
    with owner() as connection:
        for table in ("parties_customer", "credit_line", "receivables_item", "credit_authorisation"):
            connection.execute(f"VACUUM ANALYZE {table}")
        connection.execute("CHECKPOINT")
    with acting(found.id):
        _, secret = add_key(found, "bench", ["authorise"], 10**9)
    return found, secret


def _body(customer: int, minor: int = 100) -> dict[str, Any]:
    reference = uuid4().hex
    return {"customer": f"C{customer}", "amount": f"{minor / 100:.2f}", "currency": "USD", "order_ref": reference}


def _some(link: socket.socket) -> bytes:
    found = link.recv(65536)
    if not found:
        raise RuntimeError("The web process closed a connection.")
    return found


class Shop:
    """Programs that ask for orders over HTTP, each on a connection of its own that stays open."""

    def __init__(self, secret: str, lines: int) -> None:
        self.secret, self.lines = secret, lines

    @staticmethod
    def ask() -> socket.socket:
        """A connection."""
        link = socket.create_connection(("127.0.0.1", PORT), 60)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def _post(self, link: socket.socket, path: str, body: Any, key: str) -> tuple[int, bytes]:
        """Status and body. Written out, because a client's own work is work that the server does not do meanwhile."""
        data = json.dumps(body).encode()
        link.sendall(
            f"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.secret}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            + data
        )
        got = b""
        while b"\r\n\r\n" not in got:
            got += _some(link)
        head, _, text = got.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))  # type: ignore[union-attr]
        while len(text) < length:
            text += _some(link)
        status = int(head[9:12])
        if 400 <= status < 500 and status != 429:
            raise RuntimeError(f"{status}: {text[:300]!r}")
        return status, text

    def saturate(self, seconds: float, clients: int = CONNECTIONS, hot: bool = False) -> tuple[float, list[float], int]:
        """Orders a second while every client asks again at once; times of each, and how many were refused for load."""
        import random

        def one(dice: random.Random, end: float, times: list[float], refused: list[int]) -> None:
            link = self.ask()
            while (started := time.perf_counter()) < end:
                body = _body(self.lines if hot else dice.randint(1, self.lines - 1))
                status, _ = self._post(link, "authorisations", body, body["order_ref"])
                times.append(time.perf_counter() - started)
                refused.append(status >= 400)
            link.close()

        times: list[float] = []
        refused: list[int] = []
        began = time.perf_counter()
        end = began + seconds
        makers = [random.Random(seed) for seed in range(clients)]  # noqa: S311 - which customer asks
        _together([lambda dice=dice: one(dice, end, times, refused) for dice in makers])
        return len(times) / (time.perf_counter() - began), times, sum(refused)

    def paced(self, rate: float, seconds: float) -> tuple[float, list[float], int]:
        """Orders begin at their time whether or not those before are answered: what each takes from its time on."""
        import random

        dice = random.Random(1)  # noqa: S311 - when the next order comes
        due, at = [], 0.0
        while at < seconds:
            at += dice.expovariate(rate)
            due.append(at)
        place, lock = iter(due), threading.Lock()
        times: list[float] = []
        refused: list[int] = []
        began = time.perf_counter()

        def one() -> None:
            link = self.ask()
            while True:
                with lock:
                    wanted = next(place, None)
                if wanted is None:
                    break
                time.sleep(max(0.0, began + wanted - time.perf_counter()))
                body = _body(dice.randint(1, self.lines - 1))
                status, _ = self._post(link, "authorisations", body, body["order_ref"])
                times.append(time.perf_counter() - began - wanted)
                refused.append(status >= 400)
            link.close()

        _together([one] * CONNECTIONS)
        return len(times) / (time.perf_counter() - began), times, sum(refused)

    def batches(self, seconds: float) -> float:
        """Orders a second where two clients send 500 in a request."""
        import random

        def one(dice: random.Random, end: float, done: list[int]) -> None:
            link = self.ask()
            while time.perf_counter() < end:
                orders = [_body(dice.randint(1, self.lines - 1)) for _ in range(BATCH)]
                _, text = self._post(link, "authorisations/batch", {"orders": orders}, uuid4().hex)
                done.append(text.count(b'"approved_amount"'))
            link.close()

        done: list[int] = []
        began = time.perf_counter()
        end = began + seconds
        makers = [random.Random(seed) for seed in range(2)]  # noqa: S311 - which customer asks
        _together([lambda dice=dice: one(dice, end, done) for dice in makers])
        return sum(done) / (time.perf_counter() - began)


def _together(works: list[Callable[[], None]]) -> None:
    faults: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


@contextmanager
def _web() -> Iterator[None]:
    """The product's web process, answering."""
    from openterms.cli.home import Home
    from openterms.cli.service import web_command

    environment = os.environ | {"OPENTERMS_ROLE": "web", "DJANGO_SETTINGS_MODULE": "openterms.config.settings",
                                "OPENTERMS_HOME": str(Home.from_environment().path)}  # fmt: skip
    with subprocess.Popen(web_command("127.0.0.1", PORT), env=environment, stdout=sys.stderr) as process:
        try:
            address = f"http://127.0.0.1:{PORT}/healthz"
            for _ in range(300):
                with suppress(OSError), urllib.request.urlopen(address, timeout=2):
                    break
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(30)


SCRIPT = """
\\set customer random({first}, {last})
\\set k :k + 1
BEGIN;
{enter};
{seen}
\\gset s_
{write};
COMMIT;
"""


@contextmanager
def _replay(found: Any, secret: str) -> Iterator[Callable[[int, int, int], float]]:
    """Gives `replay(clients, first customer, last)`: transactions a second of `pgbench` with the statements that one
    authorisation issues, taken down as the product issues them and with their values filled in anew."""
    from openterms.cli.home import Home
    from openterms.cli.postgres import binary

    home, runs = Home.from_environment(), count(1)
    noted = _noted(secret)
    with tempfile.TemporaryDirectory(dir=home.path) as folder:

        def replay(clients: int, first: int, last: int) -> float:
            file, run = Path(folder) / "order.sql", next(runs)
            file.write_text(SCRIPT.format(first=first, last=last, **_statements(noted, secret, run)))
            command = [
                str(binary(home, "pgbench")), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(SECONDS),
                "-D", "k=0", "-f", str(file), home.database_url("web"),
            ]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
            rate = re.search(r"tps = ([\d.]+)", done.stdout)
            if done.returncode or rate is None:
                raise RuntimeError(f"pgbench ended with {done.returncode}: {done.stderr[-2000:]}")
            return float(rate.group(1))

        yield replay


@dataclass(frozen=True)
class _Noted:
    """What the product sent for one order, and the ids that were made for it."""

    statements: list[tuple[str, dict[str, Any]]]
    made: dict[str, str]


def _noted(secret: str) -> _Noted:
    """Take down the statements of one order of customer C1; nothing of it remains."""
    from django.db import transaction

    from openterms.apps.credit.authorisation import sql
    from openterms.apps.credit.authorisation.asking import Ask, Order, answer_orders
    from openterms.apps.tenancy import api_keys, clock
    from openterms.apps.tenancy.actor import Actor

    noted: list[tuple[str, dict[str, Any]]] = []
    plain = sql._run

    def note(statement: str, params: dict[str, Any]) -> Any:
        noted.append((statement, params))
        return plain(statement, params)

    sql._run = note  # type: ignore[assignment]
    try:
        with transaction.atomic():
            key = api_keys.enter_by_key(secret)
            assert key is not None
            ask = Ask(customer="C1", order=Order(order_ref="REPLAYED", minor=100, currency="USD"), key="REPLAYED")
            answer_orders(key.seller, Actor("API key bench"), [ask], clock.now())
            transaction.set_rollback(True)
    finally:
        sql._run = plain
    (row,), (event,) = json.loads(noted[1][1]["rows"]), json.loads(noted[1][1]["events"])
    made = {"order": row["id"], "event": event["id"], "line": row["line_id"], "customer": row["customer_id"]}
    return _Noted(noted, made)


def _statements(noted: _Noted, secret: str, run: int) -> dict[str, str]:
    """As `pgbench` sends them: for any customer, with ids of their own that grow as the product's do."""
    own = "lpad(to_hex(:client_id::bigint), 4, '0') || lpad(to_hex(:k::bigint), 8, '0')"
    names = {
        '"C1"': "'\"C' || :customer::text || '\"'",
        "REPLAYED": f"'R{run}-' || {own}",
        noted.made["line"]: ":s_line_id::text",
        noted.made["customer"]: ":s_customer_id::text",
        noted.made["order"]: f"'01900000-{run:04x}-7000-8000-' || {own}",
        noted.made["event"]: f"'01900000-{run:04x}-7000-8001-' || {own}",
    }
    seen, write = (_filled(statement, params, names) for statement, params in noted.statements)
    return {"enter": f"SELECT * FROM openterms_enter_by_key('{secret}', '3s')", "seen": seen, "write": write}


def _filled(statement: str, params: dict[str, Any], names: dict[str, str]) -> str:
    """A statement with its values written in. `pgbench` takes a colon before a letter for a variable of its own, so
    there is a space after those of JSON."""
    found = {}
    for name, value in params.items():
        if isinstance(value, bool):
            found[name] = str(value).lower()
            continue
        text = json.dumps(json.loads(value)) if isinstance(value, str) else value.isoformat()
        term = "'" + text.replace("'", "''") + "'"
        for old, new in names.items():
            if old in text:
                term = f"replace({term}, '{old}', {new})"
        found[name] = f"({term})"
    return statement % found


def _held_over_limit(seller_id: Any) -> int:
    """How many lines hold more than their limit allows; `pgbench`, which decides nothing, passed that of C0."""
    with owner() as connection:
        row = connection.execute(
            "SELECT count(*) FROM (SELECT l.limit_minor, coalesce((SELECT sum(a.approved_minor - a.captured_minor"
            " - a.released_minor) FROM credit_authorisation a WHERE a.line_id = l.id AND a.state IN"
            " ('approved', 'partly_approved')), 0) AS held FROM credit_line l"
            " JOIN parties_customer c ON c.id = l.customer_id WHERE l.seller_id = %s AND c.number <> 'C0') x"
            " WHERE x.held > x.limit_minor", [seller_id],
        ).fetchone()  # fmt: skip
    return int(row[0]) if row else 0
