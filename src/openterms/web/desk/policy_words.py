"""Words for the codes of a policy: decisions, roles, securities, limit methods, reasons of orders."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

WORDS: dict[str, Promise | str] = {
    "approve": gettext_lazy("Approve"),
    "counter_offer": gettext_lazy("Make a counter-offer"),
    "refer": gettext_lazy("Refer"),
    "decline": gettext_lazy("Decline"),
    "automatic": gettext_lazy("the product, without a person"),
    "analyst": gettext_lazy("a credit analyst"),
    "credit_manager": gettext_lazy("a credit manager"),
    "sales_director": gettext_lazy("the sales director"),
    "cfo": gettext_lazy("the chief financial officer"),
    "board": gettext_lazy("the board"),
    "guarantee": gettext_lazy("a guarantee"),
    "promissory_note": gettext_lazy("a promissory note"),
    "direct_debit": gettext_lazy("a direct debit"),
    "card_on_file": gettext_lazy("a stored card"),
    "insurance": gettext_lazy("credit insurance"),
    "review": gettext_lazy("a review"),
    "reduce": gettext_lazy("a lower limit"),
    "hold": gettext_lazy("a hold on orders"),
    "tangible_net_worth": gettext_lazy("Tangible net worth"),
    "working_capital": gettext_lazy("Working capital"),
    "trade_reference": gettext_lazy("Trade references"),
    "need": gettext_lazy("What the customer needs"),
    "bureau": gettext_lazy("The bureau's limit"),
    "insurer": gettext_lazy("The insurer's limit"),
    "experience": gettext_lazy("Our own experience"),
    "concentration": gettext_lazy("Share of our sales"),
    "amount": gettext_lazy("A formula"),
    "over_limit": gettext_lazy("over the limit"),
    "over_group_limit": gettext_lazy("over the group's limit"),
    "no_limit_set": gettext_lazy("no limit set"),
    "line_expired": gettext_lazy("limit expired"),
    "group_line_suspended": gettext_lazy("the group's line suspended"),
    "group_line_expired": gettext_lazy("the group's line expired"),
    "on_hold": gettext_lazy("on hold"),
    "overdue": gettext_lazy("overdue"),
    "purchase_order_missing": gettext_lazy("no purchase-order number"),
    "below_least": gettext_lazy("below the least amount"),
}
