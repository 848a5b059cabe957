"""A seller in a story: files come in, days are run, reports are read as a person would have them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.apps.desk import fingerprint

MAPS = Path(__file__).resolve().parents[2] / "examples" / "maps"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


@dataclass
class House:
    """What a story does at one seller; everything is committed."""

    seller: Any

    def take_in(self, file: Path, map_file: str, **more: Any) -> Any:
        """Import invoices by an example map."""
        from openterms.apps.analytics.importing.actions import run_import
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.formats.tabular.maps import load_map

        with self.inside():
            return run_import(
                self.seller, SYSTEM, file, "invoices", load_map(MAPS / map_file, "invoices"), NOW, **more
            )

    def report(self, name: str, *asked: Any) -> list[dict[str, str]]:
        """A report's CSV."""
        from openterms.apps.analytics.report import reads
        from openterms.apps.analytics.report.output import write_text

        text = io.StringIO()
        with self.inside():
            write_text(getattr(reads, name)(self.seller, *asked), text, "csv")
        return list(csv.DictReader(io.StringIO(text.getvalue())))

    def ageing(self, on: date) -> dict[str, list[str]]:
        """Customer -> buckets, unapplied and total."""
        return {row["customer"]: list(row.values())[2:] for row in self.report("ageing", on)}

    def kpi(self, first: date, last: date) -> dict[str, Any]:
        """The key figures as `--json` gives them."""
        import json

        from openterms.apps.analytics.report import reads
        from openterms.apps.analytics.report.output import write_text

        text = io.StringIO()
        with self.inside():
            write_text(reads.kpi(self.seller, first, last), text, "json")
        return json.loads(text.getvalue())

    def day(self, on: date) -> Any:
        """Run the day."""
        from openterms.apps.analytics.day.actions import run_day

        return run_day(self.seller, on, NOW)

    def worklist(self, on: date) -> list[dict[str, Any]]:
        """Whom to contact on a day."""
        from openterms.apps.analytics.day.worklists import worklist_of

        with self.inside():
            return worklist_of(self.seller, on, NOW)

    def faults(self) -> list[str]:
        """Every invariant that does not hold, and what is wrong with the journal."""
        from openterms.apps.analytics.checking.reads import check_seller
        from openterms.apps.journal.actions import seal, verify

        with self.inside():
            seal(self.seller.id)
            verdict = verify(self.seller.id)
            found = [f"{f.invariant}: {f.text} {f.figure}" for f in check_seller(self.seller) if not f.ok]
        return found + ([] if verdict.ok else [str(verdict.fault)])

    def state(self, *but: str) -> dict[str, tuple[int, str]]:
        """Count and digest of everything the seller has, tables named in `but` left out."""
        with self.inside():
            return {table: found for table, found in fingerprint(self.seller).items() if table not in but}

    def count(self, model: str, **where: Any) -> int:
        """How many rows there are, such as of `receivables.Item`."""
        from django.apps import apps

        with self.inside():
            return apps.get_model(model).objects.filter(seller=self.seller, **where).count()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The seller's context."""
        from openterms.apps.tenancy.context import acting

        with acting(self.seller.id):
            yield


@contextmanager
def house(blocker: Any, currency: str, country: str, **more: Any) -> Iterator[House]:
    """A seller of its own in the run's database."""
    from django.db import connection

    from openterms.apps.tenancy.actions import add_seller
    from openterms.apps.tenancy.clock import new_id

    with blocker.unblock():
        yield House(add_seller(f"S{new_id().hex[-12:]}", "Story Ltd", currency, country, **more))
        connection.close()
