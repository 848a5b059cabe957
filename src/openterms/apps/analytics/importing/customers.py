"""Parsed rows of customers become customers, contacts, sites, identifiers and lines, or bring them up to date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from openterms.apps.credit.line.actions import refuse_beyond_authority, set_line
from openterms.apps.credit.line.models import Line, LineChange
from openterms.apps.parties.models import Contact, Customer, CustomerToken, Group, Identifier, Site
from openterms.apps.parties.search import fold, tokens
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller, User
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.faults import RowError
from openterms.formats.tabular.records import ParsedBatch

PLAIN = ("name", "country", "currency", "terms", "locale", "timezone")
SCHEMES = {"vat_number": "vat", "registration_number": "register", "lei": "lei"}


class CustomerLoader:
    """Loads batches of customers set-wise."""

    def __init__(self, seller: Seller, actor: Actor, now: datetime, batch_id: UUID) -> None:
        self.seller, self.actor, self.now, self.batch_id = seller, actor, now, batch_id
        self.today = local_date(now, seller.timezone)
        self.loaded = self.unchanged = 0
        self.errors: list[RowError] = []

    def load(self, batch: ParsedBatch) -> None:
        """Add what is new, change what differs, leave the rest."""
        rows = [dict(zip(batch.columns, values, strict=True)) for values in zip(*batch.columns.values(), strict=True)]
        known = {
            customer.number: customer
            for customer in Customer.objects.filter(
                seller=self.seller, number__in=[row["customer"] for row in rows]
            ).select_related("group")
        }
        groups = self._groups(rows)
        collectors = self._collectors(rows)
        new, changed, touched = [], [], []
        for row in rows:
            if row.get("collector") and row["collector"].casefold() not in collectors:
                self.errors.append(_unknown_collector(row))
                continue
            columns = self._columns(row, groups, collectors)
            customer = known.get(row["customer"])
            if customer is None:
                customer = self._new(row, columns)
                new.append(customer)
            elif self._differs(customer, columns):
                for name, value in columns.items():
                    setattr(customer, name, value)
                customer.search_name = fold(f"{customer.name} {customer.number}")[:300]
                changed.append(customer)
            touched.append((row, customer))
        Customer.objects.bulk_create(new)
        if changed:
            names = [*PLAIN, "group", "collector", "is_sole_trader", "insolvent_on", "attributes", "search_name"]
            Customer.objects.bulk_update(changed, names)
        fresh = {customer.id for customer in new}
        details = self._details([pair for pair in touched if pair[1].id in fresh], [])
        late = [pair for pair in touched if pair[1].id not in fresh]
        more = self._details(late, list(Contact.objects.filter(customer__in=[c for _, c in late])))
        lines = self._lines(touched)
        self._index([*new, *changed])
        self.loaded += len({c.id for c in (*new, *changed)} | details | more | lines)
        self.unchanged += len(touched) - len({c.id for c in (*new, *changed)} | details | more | lines)

    def _groups(self, rows: Sequence[dict[str, Any]]) -> dict[str, Group]:
        codes = {row["group"][:80] for row in rows if row.get("group")}
        Group.objects.bulk_create(
            (Group(seller=self.seller, code=code, name=code) for code in codes), ignore_conflicts=True
        )
        return {group.code: group for group in Group.objects.filter(seller=self.seller, code__in=codes)}

    def _collectors(self, rows: Sequence[dict[str, Any]]) -> dict[str, User]:
        names = {row["collector"] for row in rows if row.get("collector")}
        if not names:
            return {}
        found = User.objects.filter(membership__seller=self.seller, membership__is_active=True)
        users = found.filter(Q(email__in=[n.lower() for n in names]) | Q(name__in=names))
        return {key.casefold(): user for user in users for key in (user.email, user.name)}

    def _columns(
        self, row: dict[str, Any], groups: dict[str, Group], collectors: dict[str, User]
    ) -> dict[str, Any]:
        columns: dict[str, Any] = {name: row[name] for name in PLAIN if row.get(name)}
        if row.get("group"):
            columns["group"] = groups[row["group"][:80]]
        if row.get("collector"):
            columns["collector"] = collectors[row["collector"].casefold()]
        if row.get("sole_trader") is not None:
            columns["is_sole_trader"] = row["sole_trader"]
        if row.get("insolvent_on"):
            columns["insolvent_on"] = row["insolvent_on"]
        if row.get("attributes"):
            columns["attributes"] = row["attributes"]
        return columns

    def _new(self, row: dict[str, Any], columns: dict[str, Any]) -> Customer:
        defaults = {"currency": self.seller.currency, "country": "", "timezone": self.seller.timezone}
        return Customer(
            seller=self.seller,
            number=row["customer"],
            search_name=fold(f"{row['name']} {row['customer']}")[:300],
            created_on=row.get("created_on") or self.today,
            batch_id=self.batch_id,
            **(defaults | columns),
        )

    def _differs(self, customer: Customer, columns: dict[str, Any]) -> bool:
        return any(getattr(customer, name) != value for name, value in columns.items())

    def _details(self, pairs: list[tuple[dict[str, Any], Customer]], known: list[Contact]) -> set[UUID]:
        """Contacts, identifiers and registered sites that are not there yet; returns whose."""
        if not pairs:
            return set()
        customers = [customer for _, customer in pairs]
        people = {(c.customer_id, c.name, c.email) for c in known}
        numbers = set(
            Identifier.objects.filter(customer__in=customers).values_list("customer_id", "scheme", "value")
        )
        places = set(Site.objects.filter(customer__in=customers).values_list("customer_id", "street", "city"))
        contacts, identifiers, sites = [], [], []
        for row, customer in pairs:
            name = row.get("contact") or row.get("email") or row.get("phone")
            if name and (customer.id, name, row.get("email") or "") not in people:
                contacts.append(
                    Contact(
                        seller=self.seller, customer=customer, name=name, email=row.get("email") or "",
                        phone=(row.get("phone") or "")[:40], locale=customer.locale,
                    )
                )  # fmt: skip
            for field, scheme in SCHEMES.items():
                if row.get(field) and (customer.id, scheme, row[field]) not in numbers:
                    identifiers.append(
                        Identifier(seller=self.seller, customer=customer, scheme=scheme, value=row[field])
                    )
            street, city = row.get("street") or "", (row.get("city") or "")[:100]
            if (street or city) and (customer.id, street, city) not in places:
                sites.append(
                    Site(
                        seller=self.seller, customer=customer, purpose="registered", street=street, city=city,
                        postcode=row.get("postcode") or "", country=customer.country,
                    )
                )  # fmt: skip
        Contact.objects.bulk_create(contacts)
        Identifier.objects.bulk_create(identifiers)
        Site.objects.bulk_create(sites)
        return {made.customer_id for made in (*contacts, *identifiers, *sites)}

    def _lines(self, pairs: list[tuple[dict[str, Any], Customer]]) -> set[UUID]:
        """Limits that differ from the line in force."""
        wanted = {
            customer.id: (customer, row.get("limit"), bool(row.get("limit_unlimited")))
            for row, customer in pairs
            if row.get("limit") is not None or row.get("limit_unlimited")
        }
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT customer_id, currency, limit_minor, is_unlimited FROM credit_line WHERE customer_id = ANY(%s)",
                [list(wanted)],
            )
            held = {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}
        differing = {
            id: one for id, one in wanted.items() if held.get((id, one[0].currency)) != (one[1], one[2])
        }
        rows = {customer.id: row for row, customer in pairs}
        allowed, new = set(), []
        for id, (customer, limit, unlimited) in differing.items():
            try:
                if (id, customer.currency) in held:
                    set_line(
                        self.seller, self.actor, customer, customer.currency, None if unlimited else limit, "imported",
                        self.today, self.now, is_unlimited=unlimited,
                    )  # fmt: skip
                else:
                    refuse_beyond_authority(self.seller, self.actor, customer.currency, limit, unlimited, self.now)
                    new.append((customer, None if unlimited else limit, unlimited))
            except (BadInput, Refused) as error:
                self.errors.append(_limit_refused(rows[id], error))
                continue
            allowed.add(id)
        self._new_lines(new)
        return allowed

    def _new_lines(self, limits: list[tuple[Customer, int | None, bool]]) -> None:
        """First limits of customers, set-wise; the import's one journal event tells of them."""
        lines = [
            Line(
                seller=self.seller, customer=customer, currency=customer.currency, limit_minor=limit,
                is_unlimited=unlimited,
            )
            for customer, limit, unlimited in limits
        ]  # fmt: skip
        Line.objects.bulk_create(lines)
        LineChange.objects.bulk_create(
            LineChange(
                seller=self.seller, line=line, customer=line.customer, currency=line.currency,
                limit_minor=line.limit_minor, is_unlimited=line.is_unlimited, reason="imported",
                valid_from=min(line.customer.created_on, self.today), actor_id=self.actor.user_id,
            )
            for line in lines
        )  # fmt: skip

    def _index(self, customers: list[Customer]) -> None:
        CustomerToken.objects.filter(customer__in=customers).delete()
        values: dict[UUID, list[str]] = {}
        for customer_id, value in Identifier.objects.filter(customer__in=customers).values_list("customer_id", "value"):
            values.setdefault(customer_id, []).append(value)
        CustomerToken.objects.bulk_create(
            CustomerToken(seller=self.seller, customer=customer, token=token)
            for customer in customers
            for token in tokens(customer.name, customer.number, *values.get(customer.id, ()))
        )


def _unknown_collector(row: dict[str, Any]) -> RowError:
    return RowError(
        row=row["row"],
        field="collector",
        what=gettext_noop("There is no such person at this seller"),
        remedy=gettext_noop("Give the e-mail address or name of a user, or leave it empty"),
        value=row["collector"],
        position=row["position"],
    )


def _limit_refused(row: dict[str, Any], error: BadInput | Refused) -> RowError:
    params: dict[str, Any]
    if isinstance(error, Refused):
        what, remedy, params = error.first.staff, error.first.remedy, dict(error.first.params)
    else:
        what, remedy, params = error.what, error.remedy, error.params
    return RowError(
        row=row["row"], field="limit", what=what, remedy=remedy, value=str(row.get("limit") or ""),
        position=row["position"], params=params,
    )  # fmt: skip
