"""Why an order is not sold on credit, or an authorisation does not move. Texts are message ids; the doors translate.

For orders the customer text and the remedy are for the buyer at the checkout, and tell nothing that is ours to know.
"""

from __future__ import annotations

from openterms.core.base.reasons import Reason, gettext_noop

SUSPENDED = Reason(
    "customer_suspended",
    gettext_noop("The customer is suspended: no orders, not even prepaid ones."),
    gettext_noop("Orders on this account are not possible at the moment."),
    gettext_noop("Contact us about your account."),
)
INSOLVENT = Reason(
    "customer_insolvent",
    gettext_noop("An insolvency is recorded: no new credit."),
    gettext_noop("Orders on credit are not possible at the moment."),
    gettext_noop("Pay in advance, or contact us."),
)
CURRENCY_WITHOUT_LINE = Reason(
    "currency_without_line",
    gettext_noop("The customer has no line in %(currency)s."),
    gettext_noop("Your account has no credit in %(currency)s."),
    gettext_noop("Order in the currency of your account, or pay in advance."),
)
NO_LIMIT_SET = Reason(
    "no_limit_set",
    gettext_noop("No limit is set on the line."),
    gettext_noop("No credit has been agreed for your account yet."),
    gettext_noop("Apply for credit, or pay in advance."),
)
LINE_CANCELLED = Reason(
    "line_cancelled",
    gettext_noop("The line was cancelled on %(day)s."),
    gettext_noop("Your credit with us has ended."),
    gettext_noop("Pay in advance, or apply for credit again."),
)
LINE_SUSPENDED = Reason(
    "line_suspended",
    gettext_noop("The line has been suspended since %(day)s."),
    gettext_noop("New orders on credit are not possible for now."),
    gettext_noop("Contact us about your credit, or pay in advance."),
)
LINE_NOT_BEGUN = Reason(
    "line_not_begun",
    gettext_noop("The line begins on %(day)s."),
    gettext_noop("Your credit begins on %(day)s."),
    gettext_noop("Order from that day on, or pay in advance."),
)
LINE_EXPIRED = Reason(
    "line_expired",
    gettext_noop("The line expired on %(day)s."),
    gettext_noop("Your credit expired on %(day)s."),
    gettext_noop("Ask us to renew it, or pay in advance."),
)
GROUP_CANCELLED = Reason(
    "group_line_cancelled",
    gettext_noop("The line of the group was cancelled on %(day)s."),
    gettext_noop("The credit of your group of companies with us has ended."),
    gettext_noop("Pay in advance, or apply for credit again."),
)
GROUP_SUSPENDED = Reason(
    "group_line_suspended",
    gettext_noop("The line of the group has been suspended since %(day)s."),
    gettext_noop("New orders on credit are not possible for your group of companies for now."),
    gettext_noop("Contact us about your credit, or pay in advance."),
)
GROUP_EXPIRED = Reason(
    "group_line_expired",
    gettext_noop("The line of the group expired on %(day)s."),
    gettext_noop("The credit of your group of companies expired on %(day)s."),
    gettext_noop("Ask us to renew it, or pay in advance."),
)
ON_HOLD = Reason(
    "on_hold",
    gettext_noop("The account is on hold: %(causes)s."),
    gettext_noop("New orders on your account are stopped for now."),
    gettext_noop("Contact us, or pay in advance."),
)
OVERDUE = Reason(
    "overdue",
    gettext_noop("%(overdue_minor)s is overdue for more than %(days)s days, the oldest item for %(days_overdue)s."),
    gettext_noop("%(overdue_minor)s on your account is overdue."),
    gettext_noop("Pay what is overdue, or pay this order in advance."),
)
PURCHASER_MAY_NOT = Reason(
    "purchaser_may_not_order",
    gettext_noop("This purchaser may not order on the account."),
    gettext_noop("You are not registered to order on this account."),
    gettext_noop("Ask your company to register you with us."),
)
PURCHASER_LIMIT = Reason(
    "purchaser_limit",
    gettext_noop("The order of %(order_minor)s is above the purchaser's limit for one order, %(limit_minor)s."),
    gettext_noop("This order of %(order_minor)s is above your limit for one order, %(limit_minor)s."),
    gettext_noop("Order less, or let a colleague with a higher limit order."),
)
PURCHASER_BUDGET = Reason(
    "purchaser_budget",
    gettext_noop("The order comes to %(order_minor)s; of the purchaser's limit for the period %(left_minor)s is left."),
    gettext_noop("This order comes to %(order_minor)s; %(left_minor)s of your limit for the period is left."),
    gettext_noop("Order less, or let a colleague with a higher limit order."),
)
PURCHASE_ORDER_MISSING = Reason(
    "purchase_order_missing",
    gettext_noop("The order has no purchase-order number."),
    gettext_noop("This order needs a purchase-order number."),
    gettext_noop("Enter your company's purchase-order number."),
)
BELOW_LEAST = Reason(
    "below_least_order",
    gettext_noop("The order of %(order_minor)s is below the least for credit, %(least_minor)s."),
    gettext_noop("Orders below %(least_minor)s are paid at once."),
    gettext_noop("Add to the order, or pay in advance."),
)
OVER_LIMIT = Reason(
    "over_limit",
    gettext_noop("The order needs %(needed_minor)s; the headroom is %(headroom_minor)s."),
    gettext_noop("This order needs %(needed_minor)s of credit; %(spare_minor)s is available."),
    gettext_noop("Order less, pay a part in advance, or ask for a higher limit."),
)
OVER_GROUP_LIMIT = Reason(
    "over_group_limit",
    gettext_noop("The order needs %(needed_minor)s; the headroom of the group is %(headroom_minor)s."),
    gettext_noop("This order is above the credit available to your group of companies."),
    gettext_noop("Order less, pay a part in advance, or ask for a higher limit."),
)
OVERRIDE_OTHER_ORDER = Reason(
    "override_of_another_order",
    gettext_noop("The override is for the order %(order)s."),
    remedy=gettext_noop("Give an override of this order."),
)
OVERRIDE_EXPIRED = Reason(
    "override_expired",
    gettext_noop("The override expired on %(day)s."),
    remedy=gettext_noop("Give a new override."),
)
OVERRIDE_TOO_SMALL = Reason(
    "override_too_small",
    gettext_noop("The order comes to %(order_minor)s; the override is for %(most_minor)s at most."),
    remedy=gettext_noop("Order less, or give a higher override."),
)

ORDER = (
    SUSPENDED, INSOLVENT, CURRENCY_WITHOUT_LINE, NO_LIMIT_SET, LINE_CANCELLED, LINE_SUSPENDED, LINE_NOT_BEGUN,
    LINE_EXPIRED, GROUP_CANCELLED, GROUP_SUSPENDED, GROUP_EXPIRED, ON_HOLD, OVERDUE, PURCHASER_MAY_NOT,
    PURCHASER_LIMIT, PURCHASER_BUDGET, PURCHASE_ORDER_MISSING, BELOW_LEAST, OVER_LIMIT, OVER_GROUP_LIMIT,
    OVERRIDE_OTHER_ORDER, OVERRIDE_EXPIRED, OVERRIDE_TOO_SMALL,
)  # fmt: skip
"""Every reason against an order, in order of precedence."""

NOT_LIVE = Reason(
    "authorisation_not_live",
    gettext_noop("The authorisation is %(state)s and holds nothing."),
    remedy=gettext_noop("Authorise the order anew; goods already shipped can be invoiced all the same."),
)
EXPIRED = Reason(
    "authorisation_expired",
    gettext_noop("The authorisation expired on %(day)s."),
    remedy=gettext_noop("Authorise the order anew; goods already shipped can be invoiced all the same."),
)
CAPTURED_ONCE = Reason(
    "captured_once",
    gettext_noop("This authorisation is captured once, and has been."),
    remedy=gettext_noop("Authorise the rest anew."),
)
CAPTURE_BEYOND = Reason(
    "capture_beyond_authorised",
    gettext_noop("%(asked_minor)s cannot be captured; %(left_minor)s can."),
    remedy=gettext_noop("Capture less, or have the order's increase decided first."),
)
TOLERANCE_OVER_LIMIT = Reason(
    "tolerance_over_limit",
    gettext_noop("%(beyond_minor)s more than is held would be above the limit."),
    remedy=gettext_noop("Capture what is held, or have the order's increase decided first."),
)
RELEASE_BEYOND = Reason(
    "release_beyond_held",
    gettext_noop("%(asked_minor)s cannot be released; %(held_minor)s is held."),
    remedy=gettext_noop("Release what is held, or less."),
)
BELOW_CAPTURED = Reason(
    "order_below_captured",
    gettext_noop("%(captured_minor)s of the order is captured; it cannot come down to %(order_minor)s."),
    remedy=gettext_noop("Give a credit note for what is returned."),
)
EXTENSION_TOO_LONG = Reason(
    "extension_too_long",
    gettext_noop("The authorisation can be extended to %(day)s at most."),
    remedy=gettext_noop("Give an earlier day, or authorise the order anew."),
)

LIFE = (
    NOT_LIVE, EXPIRED, CAPTURED_ONCE, CAPTURE_BEYOND, TOLERANCE_OVER_LIMIT, RELEASE_BEYOND, BELOW_CAPTURED,
    EXTENSION_TOO_LONG,
)  # fmt: skip
"""Every reason against a step in an authorisation's life."""
