"""What may stand in a credit policy: the one description that its reader and its JSON Schema are made from.

``docs/policy.schema.json`` is written from here by ``openterms policy schema``; an editor that knows it completes keys
and shows their meaning. Conditions are checked later, against the facts of their place (``policy_reading``).
"""

from __future__ import annotations

from openterms.core.base.errors import BadInput
from openterms.core.base.money import CURRENCIES
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit.authority import APPROVAL_DAYS
from openterms.core.credit.facts import CREDIT_FACTS, MOST_MINOR
from openterms.core.credit.limits import METHODS
from openterms.core.credit.orders import EXEMPTIBLE, REFERRED
from openterms.core.credit.shapes import (
    NAME,
    NAME_TEXT,
    ByName,
    Choice,
    Condition,
    Items,
    Keys,
    Part,
    Schema,
    Text,
    Truth,
    Whole,
    Words,
    needed,
    optional,
)
from openterms.core.receivables.late_charge_law import COMPOUNDS

DECISIONS = ("approve", "counter_offer", "refer", "decline")
UNKNOWN_WAYS = ("refer", "skip", "fire")
AMOUNT = "amount"
"""The method whose figure is a formula of the policy's own."""

ROLES = ("automatic", "analyst", "credit_manager", "sales_director", "cfo", "board")
SECURITIES = ("guarantee", "promissory_note", "direct_debit", "card_on_file", "insurance")
TRIGGER_ACTS = ("review", "reduce", "hold")
WATCHES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bureau": ((), ("score_drop", "limit_drop_bp")),
    "behaviour": (("days",), ("slower_cd", "late_rise_bp")),
    "utilisation": (("above_bp",), ()),
    "promises": (("times", "days"), ()),
    "dormant": (("days",), ()),
    "documents": (("ahead_days",), ()),
    "cover": (("ahead_days",), ()),
}
"""What a trigger may watch, with the keys that it needs, and those of which it needs one at least."""
JURISDICTIONS = ("us", "eu", "gb", "sa", "ae")
"""`us`: the Equal Credit Opportunity Act and Regulation B (FACTBOOK 8.1)."""
CHARGES = ("interest", "lump_sum", "interest_and_lump_sum", "charity", "none", "statutory")

_MINOR = Whole(0, MOST_MINOR)
_BP = Whole(0, 10_000)
_WHEN = "a condition over the facts; acts only when it is known to be true"
_CLASS = Text(r"[A-Za-z][A-Za-z0-9_+-]{0,15}", _("a name has letters, digits, _, + and -"))


def _own_fact(part: Part) -> None:
    if part["type"] == "whole" and (part["lo"] is None or part["hi"] is None or part["lo"] > part["hi"]):
        raise BadInput(_("a whole number needs its range"), part.where, _("give lo and hi, lo first"))


def _reason(part: Part) -> None:
    if part["silent"] and part["customer"]:
        raise BadInput(
            _("a reason is silent or has a customer text, not both"), part.where, _("take one of the two out")
        )


def _trigger(part: Part) -> None:
    if (part["when"] is None) == (part["watch"] is None):
        raise BadInput(
            _("a trigger has a condition or something to watch, not both"), part.where, _("write when or watch")
        )
    needs, one_of = WATCHES.get(part["watch"] or "", ((), ()))
    for key in ("score_drop", "limit_drop_bp", "days", "slower_cd", "late_rise_bp", "above_bp", "times", "ahead_days"):
        if part[key] is not None and key not in needs + one_of:
            raise BadInput(_("what is watched has no use for it"), part.at(key), _("take it out"))
    missing = [key for key in needs if part[key] is None]
    if one_of and all(part[key] is None for key in one_of):
        missing.append(one_of[0])
    if missing:
        raise BadInput(_("it is missing"), part.at(missing[0]), _("add this key"))


_FACTS = Keys({
    "use": optional(Items(Choice(tuple(CREDIT_FACTS))), "the built-in facts that conditions may speak of", ()),
    "own": optional(Items(Keys({
        "fact": needed(Text(NAME, NAME_TEXT.remedy), "its name in conditions"),
        "type": needed(Choice(("whole", "flag", "code")), "a whole number, true/false, or one of some codes"),
        "lo": optional(Whole(-MOST_MINOR, MOST_MINOR), "least value of a whole number"),
        "hi": optional(Whole(-MOST_MINOR, MOST_MINOR), "greatest value of a whole number"),
        "codes": optional(Items(Text(NAME, NAME_TEXT.remedy)), "the codes that exist; none: any code", ()),
        "meaning": needed(Text(), "what it says"),
        "unit": optional(Text(), "what a number counts: minor, bp, days, months", ""),
        "source": optional(Text(), "where it comes from", ""),
    }, _own_fact), "fact"), "facts of your own", ()),
})  # fmt: skip

_CARD = Keys({
    "scorecard": needed(NAME_TEXT, "its code"),
    "when": optional(Condition(), "whom it is for; the first card that fits is used", "True"),
    "base_score": needed(Whole(-100_000, 100_000), "the score that stands for the base odds"),
    "base_odds": needed(Whole(1, 100_000), "good to bad at the base score: 50 means 50 to 1"),
    "points_to_double": needed(Whole(1, 10_000), "so many points more double the odds"),
    "attributes": needed(Items(Keys({
        "attribute": needed(NAME_TEXT, "its name"),
        "label": optional(Words(), "its name for people"),
        "bins": needed(Items(Keys({
            "when": needed(Condition(), _WHEN),
            "points": needed(Whole(-10_000, 10_000), "points of this bin"),
            "label": needed(Text(), "the bin in words"),
        }), "label", 1), "the first bin that is true counts"),
        "otherwise": needed(Whole(-10_000, 10_000), "points where no bin is true, also where a fact is missing"),
    }), "attribute", 1), "what is scored; the score is the sum of their points"),
})  # fmt: skip

_METHOD = Keys({
    "method": needed(Choice((*METHODS, AMOUNT)), "how the figure is found"),
    "name": optional(NAME_TEXT, "its name in the result; the method's own without it"),
    "when": optional(Condition(), "whom it is for; elsewhere the method gives no figure", "True"),
    "share_bp": optional(Whole(0, 100_000), "share in hundredths of a percent"),
    "multiple_c": optional(Whole(0, 10_000), "multiple in hundredths: 150 is one and a half times"),
    "buffer_days": optional(Whole(0, 365), "days on top of the terms, for need"),
    "formula": optional(Condition(), "a whole number in minor units, for amount"),
})  # fmt: skip

_REASON = Keys({
    "code": optional(NAME_TEXT, "stable code; the rule's own without it"),
    "staff": needed(Words(), "what staff read"),
    "customer": optional(Words(), "what the customer reads"),
    "silent": optional(Truth(), "the customer must not be told", False),
    "remedy": optional(Words(), "what would help"),
}, _reason)  # fmt: skip

_RULE = Keys({
    "rule": needed(NAME_TEXT, "its code"),
    "when": needed(Condition(), _WHEN),
    "decide": needed(Choice(DECISIONS), "what the first rule that is true decides"),
    "queue": optional(NAME_TEXT, "who looks at it, for refer", ""),
    "unknown": optional(Choice(UNKNOWN_WAYS), "what to do where a fact is missing: refer (the usual), skip or fire"),
    "offer": optional(Keys({
        "limit_minor": optional(_MINOR, "at most this limit"),
        "limit_share_bp": optional(_BP, "at most this share of the suggested limit"),
        "terms": optional(Text(), "at most these terms, in the notation of payment terms"),
        "deposit_bp": optional(_BP, "a deposit of this share of the limit"),
        "security": optional(Items(Choice(SECURITIES)), "what must be given first", ()),
    }), "what is offered instead, for counter_offer"),
    "reason": optional(_REASON, "why; needed unless the rule approves"),
})  # fmt: skip

_AUTHORITY = Keys({
    "bands": needed(Items(Keys({
        "most_minor": optional(_MINOR, "up to this exposure of the group after the change; absent: any amount"),
        "roles": needed(Items(Choice(ROLES), least=1), "one of these decides"),
        "second": optional(Items(Choice(ROLES)), "and one of these agrees", ()),
    }), least=1), "from small to large"),
    "flags": optional(Items(Keys({
        "flag": needed(NAME_TEXT, "its code"),
        "when": needed(Condition(), _WHEN),
    }), "flag"), "each lifts the decision one band higher", ()),
    "approval_days": optional(Whole(1, 365), "for so many days an approval waits for the others", APPROVAL_DAYS),
})  # fmt: skip

_DAYS = Whole(1, 730)
_REVIEWS = Keys({
    "cadence": optional(Items(Keys({
        "when": needed(Condition(), _WHEN),
        "every_months": needed(Whole(1, 60), "months until the next review"),
    })), "the first that is true counts", ()),
    "within_days": optional(Whole(0, 90), "days that a review by its cadence may take", 30),
    "renew_when": optional(Condition(), "a limit is renewed without a person where this is known to be true, no "
                           "trigger fired and the policy approves the present limit; absent: never"),
    "triggers": optional(Items(Keys({
        "trigger": needed(NAME_TEXT, "its code"),
        "when": optional(Condition(), _WHEN),
        "watch": optional(Choice(tuple(WATCHES)), "what is watched, in place of a condition"),
        "score_drop": optional(Whole(1, 1_000), "bureau: points lower than in the report before"),
        "limit_drop_bp": optional(_BP, "bureau: share by which its recommended limit is lower than before"),
        "days": optional(_DAYS, "behaviour: these days against as many before; promises: broken within; "
                         "dormant: without an invoice or an order"),
        "slower_cd": optional(Whole(1, 100_000), "behaviour: more days beyond terms, in hundredths of a day"),
        "late_rise_bp": optional(_BP, "behaviour: a greater share of invoices paid late"),
        "above_bp": optional(Whole(1, 1_000_000), "utilisation: exposure over limit, this or more"),
        "times": optional(Whole(1, 100), "promises: broken so often since the last look"),
        "ahead_days": optional(Whole(0, 365), "documents, cover: days before the end"),
        "act": needed(Choice(TRIGGER_ACTS), "what is proposed"),
        "within_days": optional(Whole(0, 90), "until when", 5),
        "quiet_days": optional(Whole(0, 730), "days after a review in which the same trigger opens no other", 90),
        "meaning": needed(Words(), "what staff read"),
    }, check=_trigger), "trigger"), "what calls for a review before its time", ()),
})  # fmt: skip

AUTHORISATION = Keys({
    "tolerance_bp": optional(_BP, "how much more than authorised may be captured; never above the limit", 0),
    "valid_days": optional(Whole(1, 365), "days until an authorisation lapses", 14),
    "most_valid_days": optional(Whole(1, 365), "days to which it can be extended", 30),
    "allows_partial_capture": optional(Truth(), "whether a part of an order may be captured", True),
    "allows_part_approval": optional(Truth(), "whether a part of an order may be approved", False),
    "overdue_days": optional(Whole(0, 365), "orders stop for items more days overdue than this; absent: never"),
    "overdue_minor": optional(_MINOR, "and more than this is overdue", 0),
    "materiality_bp": optional(_BP, "and more than this share of what is open", 0),
    "least_minor": optional(_MINOR, "no order on credit below this", 0),
    "purchase_order_from_minor": optional(_MINOR, "orders from here on need a purchase-order number"),
    "exemptions": optional(
        ByName(Items(Choice(tuple(sorted(EXEMPTIBLE))))), "checks that a kind of document is free of"
    ),
    "referred": optional(Items(Choice(tuple(sorted(REFERRED)))), "reasons that a person looks at instead of a refusal"),
})  # fmt: skip

_CHARGES = Keys({
    "mode": needed(Choice(CHARGES), "what a late payer owes on top"),
    "reference": optional(NAME_TEXT, "the reference rate, such as ecb_main or uk_base"),
    "above_reference_bp": optional(_BP, "interest above the reference rate, a year"),
    "lump_sum_minor": optional(_MINOR, "a fixed sum for each invoice"),
    "charity_minor": optional(_MINOR, "a fixed undertaking for each invoice, passed on to charity in full"),
    "beneficiary": optional(Text(), "the charity"),
    "grace_days": optional(Whole(0, 365), "days overdue before anything is owed", 0),
    "promised_bears": optional(Truth(), "whether promised amounts bear interest too", False),
    "compound": optional(Choice(tuple(COMPOUNDS)), "after how long interest bears interest, where the law allows it"),
})  # fmt: skip

_TOLD = Keys({
    "within_days": optional(Whole(0, 30), "days in which the customer hears", 30),
    "most_reasons": optional(Whole(1, 10), "so many reasons at most, in order", 4),
    "score": optional(Truth(), "whether the score is told", False),
    "would_pass": optional(Truth(), "whether the customer hears what would help", True),
    "jurisdiction": optional(Choice(JURISDICTIONS), "whose law or custom letters follow; absent: none is wanted"),
})  # fmt: skip

POLICY = Keys({
    "code": needed(NAME_TEXT, "its code"),
    "name": needed(Text(), "its name for people"),
    "currency": needed(Choice(tuple(sorted(CURRENCIES))), "the currency of every amount in it"),
    "rounding": optional(Keys({
        "limit_minor": needed(Whole(1, MOST_MINOR), "limits are rounded down to a multiple of this"),
    }), "how limits are rounded"),
    "facts": needed(_FACTS, "what conditions may speak of"),
    "scorecards": optional(Items(_CARD, "scorecard"), "from facts to points", ()),
    "risk_classes": needed(Items(Keys({
        "risk_class": needed(_CLASS, "its name"),
        "when": needed(Condition(), _WHEN),
        "cap_minor": optional(_MINOR, "no limit above this"),
        "meaning": optional(Words(), "in words"),
    }), "risk_class", 1), "best first; the first that is true"),
    "terms": needed(ByName(Items(Text(), least=1)), "by risk class: the terms offered, the usual one first"),
    "limits": needed(Keys({
        "least_methods": needed(Whole(1, 10), "with fewer figures no limit is suggested"),
        "methods": needed(Items(_METHOD, "method", 1), "the smallest figure counts"),
        "starter": optional(Keys({
            "when": needed(Condition(), _WHEN),
            "limit_minor": needed(_MINOR, "the limit to begin with"),
        }), "for new customers and thin files"),
    }), "how a limit is found"),
    "rules": needed(Items(_RULE, "rule", 1), "in order; the first that is true decides"),
    "authority": needed(_AUTHORITY, "who may decide how much"),
    "reviews": optional(_REVIEWS, "when a decision is looked at again"),
    "authorisation": optional(AUTHORISATION, "how orders are checked"),
    "late_charges": needed(_CHARGES, "what a late payer owes"),
    "told": optional(_TOLD, "what the customer is told"),
})  # fmt: skip


def json_schema() -> Schema:
    """The document's JSON Schema (2020-12), for editors and for other programs."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "OpenTerms credit policy"}
    return head | POLICY.schema()
