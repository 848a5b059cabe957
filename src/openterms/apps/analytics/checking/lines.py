"""Invariants 4 and 5: no line was authorised past its limit, and what is held is what its steps add up to."""

from __future__ import annotations

from collections.abc import Iterator

from openterms.apps.tenancy.models import Seller

from .findings import Finding, none_of, rows

LIMIT = 100

# What live authorisations hold was within the limit when the last of them was given: limit and the customer's own
# money, as seen then. Later a limit may be lowered and money spent; what is held only shrinks until the next is given.
PAST_LIMIT = """
SELECT 'customer ' || customer_id, currency || ' ' || held_minor || ' > ' || most_minor FROM (
    SELECT customer_id, currency, bool_or(is_unlimited) AS is_free,
        sum(greatest(approved_minor - captured_minor - released_minor, 0)) FILTER (WHERE override_id IS NULL)
            AS held_minor,
        max(coalesce(limit_minor, 0) + (seen #>> '{exposure,unapplied_cash_minor}')::bigint
            + coalesce((seen #>> '{exposure,deposits_minor}')::bigint, 0)) AS most_minor
    FROM (
        SELECT *, max(authorised_at) OVER (PARTITION BY line_id) AS last_at FROM credit_authorisation
        WHERE seller_id = %(seller)s AND state IN ('approved', 'partly_approved')
    ) live
    WHERE expires_at > last_at
    GROUP BY customer_id, currency
) line WHERE NOT is_free AND held_minor > most_minor LIMIT %(limit)s
"""
BEYOND_SEEN = """
SELECT 'authorisation ' || id, approved_minor || ' of ' || coalesce(headroom_minor::text, 'nothing')
FROM credit_authorisation
WHERE seller_id = %(seller)s AND approved_minor > 0 AND NOT is_unlimited AND override_id IS NULL
    AND (headroom_minor IS NULL OR approved_minor > headroom_minor
        OR headroom_minor <> limit_minor - (seen #>> '{exposure,open_items_minor}')::bigint
            - (seen #>> '{exposure,authorised_minor}')::bigint
            - (seen #>> '{exposure,captured_not_invoiced_minor}')::bigint
            + (seen #>> '{exposure,unapplied_cash_minor}')::bigint
            + coalesce((seen #>> '{exposure,deposits_minor}')::bigint, 0))
LIMIT %(limit)s
"""
# What an order took of its group's limit was there: the limit that was seen, less all that counted against it.
BEYOND_GROUP = """
SELECT 'authorisation ' || id, (seen #>> '{group_seen,taken_minor}') || ' of '
    || (seen #>> '{group_seen,limit_minor}')::bigint - (seen #>> '{group_seen,exposure_minor}')::bigint
FROM credit_authorisation
WHERE seller_id = %(seller)s AND seen ? 'group_seen' AND approved_minor > 0 AND override_id IS NULL
    AND (seen #>> '{group_seen,taken_minor}')::bigint
        > (seen #>> '{group_seen,limit_minor}')::bigint - (seen #>> '{group_seen,exposure_minor}')::bigint
LIMIT %(limit)s
"""
# What live orders in the currency of a group's line hold together was within it when the last of them was given. Part
# of what is held may be covered by a member's own money: what was held then and did not count.
PAST_GROUP = """
SELECT 'group line ' || line, held_minor || ' > ' || most_minor FROM (
    SELECT line, sum(greatest(approved_minor - captured_minor - released_minor, 0))
            FILTER (WHERE override_id IS NULL) AS held_minor,
        max(group_limit_minor + greatest(seen_held_minor - exposure_minor, 0)) AS most_minor
    FROM (
        SELECT a.*, g.line_id AS line, g.limit_minor AS group_limit_minor, g.held_minor AS seen_held_minor,
            g.exposure_minor, g.currency AS line_currency, max(a.authorised_at) OVER (PARTITION BY g.line_id) AS last_at
        FROM credit_authorisation a, jsonb_to_record(a.seen -> 'group_seen')
            AS g (line_id uuid, currency text, limit_minor bigint, held_minor bigint, exposure_minor bigint)
        WHERE a.seller_id = %(seller)s AND a.seen ? 'group_seen' AND a.state IN ('approved', 'partly_approved')
    ) live
    WHERE expires_at > last_at AND currency = line_currency
    GROUP BY line
) found WHERE held_minor > most_minor LIMIT %(limit)s
"""
GROUP_SET = """
SELECT 'group line ' || l.id, concat_ws(' ', coalesce(l.limit_minor::text, '-'), l.state, l.valid_until)
    || ', last change ' || concat_ws(' ', coalesce(c.limit_minor::text, '-'), c.state, c.valid_until)
FROM credit_groupline l LEFT JOIN LATERAL (
    SELECT limit_minor, currency, state, valid_until FROM credit_grouplinechange
    WHERE seller_id = l.seller_id AND line_id = l.id ORDER BY id DESC LIMIT 1
) c ON true
WHERE l.seller_id = %(seller)s AND ((l.limit_minor, l.currency, l.state, l.valid_until)
    IS DISTINCT FROM (c.limit_minor, c.currency, c.state, c.valid_until))
LIMIT %(limit)s
"""
# The state of a line is what the last step, or a limit granted since, made of it.
STATES = """
SELECT 'line ' || l.id, l.state || ', last step ' || coalesce(s.kind, '-')
FROM credit_line l LEFT JOIN LATERAL (
    SELECT kind FROM credit_linestep WHERE seller_id = l.seller_id AND line_id = l.id
        AND kind IN ('suspend', 'resume', 'cancel') ORDER BY id DESC LIMIT 1
) s ON true
WHERE l.seller_id = %(seller)s AND (
    (l.state = 'suspended' AND s.kind IS DISTINCT FROM 'suspend')
    OR (l.state = 'cancelled' AND (s.kind IS DISTINCT FROM 'cancel' OR l.limit_minor IS DISTINCT FROM 0))
    OR (l.state = 'open' AND coalesce(s.kind, '') = 'suspend'))
LIMIT %(limit)s
"""
CAPTURED = """
SELECT 'authorisation ' || a.id, a.captured_minor || ' <> ' || coalesce(c.amount_minor, 0)
FROM credit_authorisation a
LEFT JOIN (SELECT authorisation_id, sum(amount_minor) AS amount_minor FROM credit_authorisationcapture
    WHERE seller_id = %(seller)s GROUP BY authorisation_id) c ON c.authorisation_id = a.id
WHERE a.seller_id = %(seller)s AND a.captured_minor <> coalesce(c.amount_minor, 0) LIMIT %(limit)s
"""

HELD = """
SELECT 'line ' || l.id, l.held_minor || ' <> ' || coalesce(a.held_minor, 0)
FROM credit_line l
LEFT JOIN (SELECT line_id, sum(greatest(approved_minor - captured_minor - released_minor, 0)) AS held_minor
    FROM credit_authorisation WHERE seller_id = %(seller)s AND state IN ('approved', 'partly_approved')
    GROUP BY line_id) a ON a.line_id = l.id
WHERE l.seller_id = %(seller)s AND l.held_minor <> coalesce(a.held_minor, 0) LIMIT %(limit)s
"""
BILLED = """
SELECT 'invoice ' || c.invoice, coalesce(i.amount_minor, 0) || ' < ' || c.amount_minor
FROM (SELECT line_id, invoice, sum(amount_minor) AS amount_minor FROM credit_authorisationcapture
    WHERE seller_id = %(seller)s AND is_billed GROUP BY line_id, invoice) c
JOIN credit_line l ON l.id = c.line_id
LEFT JOIN LATERAL (SELECT sum(r.amount_minor) AS amount_minor FROM receivables_item r
    WHERE r.seller_id = %(seller)s AND r.kind = 'invoice' AND r.external_id = c.invoice
        AND r.customer_id = l.customer_id AND r.currency = l.currency) i ON true
WHERE coalesce(i.amount_minor, 0) < c.amount_minor LIMIT %(limit)s
"""
OVERRIDDEN = """
SELECT 'authorisation ' || a.id, a.approved_minor || ' of ' || o.most_minor
FROM credit_authorisation a JOIN credit_override o ON o.id = a.override_id
WHERE a.seller_id = %(seller)s AND (a.approved_minor > o.most_minor OR a.order_ref <> o.order_ref
    OR a.currency <> o.currency OR a.customer_id <> o.customer_id OR a.authorised_at >= o.expires_at)
LIMIT %(limit)s
"""


def lines(seller: Seller) -> Iterator[Finding]:
    """Invariants 4 and 5 of authorisations: within the limit together, within what was seen each, captures agree."""
    params = {"seller": seller.id, "limit": LIMIT}
    ((count,),) = rows("SELECT count(*) FROM credit_authorisation WHERE seller_id = %(seller)s", params)
    figure = f"{count} authorisations"
    yield none_of(4, "No line is authorised past its limit.", rows(PAST_LIMIT, params), figure)
    yield none_of(4, "No order was given more than the headroom it saw.", rows(BEYOND_SEEN, params), figure)
    yield none_of(4, "Every override was within its order, amount and time.", rows(OVERRIDDEN, params), figure)
    yield none_of(4, "No order took more of its group's limit than was left.", rows(BEYOND_GROUP, params), figure)
    yield none_of(4, "No group is authorised past its limit.", rows(PAST_GROUP, params), figure)
    ((groups,),) = rows("SELECT count(*) FROM credit_groupline WHERE seller_id = %(seller)s", params)
    yield none_of(8, "Every group's line is what its last change says.", rows(GROUP_SET, params), f"{groups} groups")
    yield none_of(8, "Every line is in the state of its last step.", rows(STATES, params), figure)
    yield none_of(5, "What a line holds is what its authorisations add up to.", rows(HELD, params), figure)
    yield none_of(5, "What is called billed is covered by its invoice.", rows(BILLED, params), figure)
    yield none_of(5, "What was captured is what the captures add up to.", rows(CAPTURED, params), figure)
