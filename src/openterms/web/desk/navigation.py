"""The places of the desk: their words, their addresses and the keys that lead there."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the side navigation. `first` ones also stand in the bar at the foot of a phone; `head` is said above
    the first of several that belong together."""

    code: str
    word: Promise | str
    key: str = ""
    first: bool = False
    head: Promise | str = ""

    @property
    def address(self) -> str:
        """Where it is: the route `desk:<code>`, else the plain path."""
        try:
            return reverse(f"desk:{self.code}")
        except NoReverseMatch:
            return "/" if self.code == "today" else f"/{self.code}/"


PLACES = (
    Place("today", _("Today"), "g t", first=True),
    Place("customers", _("Customers"), "g c", first=True),
    Place("invoices", _("Invoices"), "g i", first=True),
    Place("posting", _("Posting"), "g p"),
    Place("worklist", _("Worklist"), "g w", first=True, head=_("Collecting")),
    Place("replies", _("Replies"), "g f"),
    Place("requests", _("Requests"), "g q"),
    Place("outreach", _("Before it goes out"), "g b"),
    Place("outbox", _("Outbox"), "g u"),
    Place("disputes", _("Disputes"), "g x"),
    Place("matters", _("Escalations"), "g e"),
    Place("late_charges", _("Late charges"), "g l"),
    Place("team", _("Team"), "g k"),
    Place("orders", _("Orders"), "g o", head=_("Credit")),
    Place("credit", _("Cases"), "g d"),
    Place("reviews", _("Reviews"), "g v"),
    Place("applications", _("Applications"), "g a"),
    Place("reports", _("Reports"), "g r", head=_("Figures")),
    Place("journal", _("Journal"), "g j"),
    Place("imports", _("Imports"), "g m", head=_("Set up")),
    Place("policy", _("Policy"), "g y"),
    Place("strategy", _("Strategy"), "g n"),
    Place("settings", _("Settings"), "g s"),
)

KEY_GROUPS = (
    (
        _("Anywhere"),
        (
            (("/",), _("Search")),
            (("?",), _("Show these keys")),
            (("Esc",), _("Close")),
            (("Ctrl", "Enter"), _("Save what you write")),
        ),
    ),
    (_("Go to"), tuple((tuple(place.key.split()), place.word) for place in PLACES)),
    (
        _("In a list"),
        (
            (("j",), pgettext_lazy("key", "Next row")),
            (("k",), pgettext_lazy("key", "Previous row")),
            (("Enter",), pgettext_lazy("key", "Open")),
            (("x",), pgettext_lazy("key", "Select")),
        ),
    ),
    (
        _("In the worklist"),
        (
            (("n",), _("Write a note")),
            (("p",), _("Record a promise")),
            (("d",), _("Record a dispute")),
            (("c",), _("Record the outcome of a call")),
            (("s",), _("Put off to another day")),
            (("e",), _("Escalate")),
        ),
    ),
    (
        _("In a reply"),
        (
            (("y",), _("Confirm what it proposes")),
            (("e",), _("Change it first")),
            (("r",), _("Reject it")),
            (("n",), _("Next reply to decide")),
        ),
    ),
)
