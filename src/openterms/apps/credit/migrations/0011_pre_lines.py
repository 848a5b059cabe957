"""Lines that are suspended, cancelled or end on a day; lines of groups; deposits in what orders are answered on."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_linestep ADD CONSTRAINT linestep_line_of_seller
    FOREIGN KEY (seller_id, line_id) REFERENCES credit_line (seller_id, id);
ALTER TABLE credit_linestep ADD CONSTRAINT linestep_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_groupline ADD CONSTRAINT groupline_group_of_seller
    FOREIGN KEY (seller_id, group_id) REFERENCES parties_group (seller_id, id);
ALTER TABLE credit_grouplinechange ADD CONSTRAINT grouplinechange_line_of_seller
    FOREIGN KEY (seller_id, line_id) REFERENCES credit_groupline (seller_id, id);
SELECT openterms_append_only('credit_linestep');
SELECT openterms_append_only('credit_grouplinechange');
CREATE TRIGGER groupline_kept BEFORE DELETE OR TRUNCATE ON credit_groupline
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
# What the customers of a group owe, hold and have waiting for an invoice, less their own money and deposits: a row for
# each customer and currency, never below zero, because one company's money does not pay another's debts.
EXPOSED = """
CREATE FUNCTION credit_group_exposed(wanted uuid, moment timestamptz, on_day date)
RETURNS TABLE (customer_id uuid, currency text, exposure_minor bigint, held_minor bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH mates AS (
        SELECT k.id FROM parties_customer k WHERE k.seller_id = openterms_seller() AND k.group_id = wanted
    ), parts AS (
        SELECT i.customer_id, i.currency::text AS currency, sum(CASE
                WHEN i.kind IN ('invoice', 'late_fee', 'late_interest', 'charity') THEN i.open_minor
                WHEN i.kind IN ('credit_note', 'receipt') THEN -i.open_minor ELSE 0 END)::bigint AS minor,
            0::bigint AS held
        FROM mates m JOIN receivables_item i ON i.customer_id = m.id
        WHERE i.seller_id = openterms_seller() AND i.open_minor > 0
        GROUP BY i.customer_id, i.currency
        UNION ALL
        SELECT l.customer_id, l.currency::text, q.minor + coalesce((
                SELECT sum(greatest(t.amount_minor - coalesce(b.amount_minor, 0), 0))
                FROM (SELECT x.invoice, sum(x.amount_minor) AS amount_minor FROM credit_authorisationcapture x
                    WHERE x.line_id = l.id AND NOT x.is_billed GROUP BY x.invoice) t
                LEFT JOIN LATERAL (
                    SELECT sum(r.amount_minor) - coalesce((SELECT sum(d.amount_minor)
                        FROM credit_authorisationcapture d
                        WHERE d.line_id = l.id AND d.invoice = t.invoice AND d.is_billed), 0) AS amount_minor
                    FROM receivables_item r
                    WHERE r.seller_id = openterms_seller() AND r.kind = 'invoice' AND r.external_id = t.invoice
                        AND t.invoice <> '' AND r.customer_id = l.customer_id AND r.currency = l.currency
                ) b ON true), 0)::bigint, q.minor
        FROM mates m JOIN credit_line l ON l.customer_id = m.id AND l.seller_id = openterms_seller()
        CROSS JOIN LATERAL (
            SELECT (l.held_minor - coalesce((
                SELECT sum(greatest(x.approved_minor - x.captured_minor - x.released_minor, 0))
                FROM credit_authorisation x
                WHERE x.line_id = l.id AND x.state IN ('approved', 'partly_approved')
                    AND x.expires_at <= moment), 0))::bigint AS minor
        ) q
        UNION ALL
        SELECT f.customer_id, f.currency::text, -sum(f.amount_minor)::bigint, 0
        FROM mates m JOIN credit_cover f ON f.customer_id = m.id AND f.seller_id = openterms_seller()
        WHERE f.kind = 'deposit' AND f.valid_from <= on_day AND coalesce(f.valid_until, on_day) >= on_day
            AND (f.ended_on IS NULL OR f.ended_on > on_day)
        GROUP BY f.customer_id, f.currency
    )
    SELECT p.customer_id, p.currency, greatest(sum(p.minor), 0)::bigint, greatest(sum(p.held), 0)::bigint
    FROM parts p GROUP BY p.customer_id, p.currency;
END;
"""
# Everything that answers to orders are given on, in one statement, with what a line is open for, through which day, the
# deposits, and the group's line. With `keeps` the lines are made where they are missing and locked in order of id, and
# after them the group's line; every statement of a VOLATILE function has a snapshot of its own, so what is read after
# the locks is what stands under them. Plans are generic: planning would take longer than reading.
READ = """
CREATE FUNCTION credit_orders_seen(asked jsonb, moment timestamptz, keeps boolean) RETURNS TABLE (
    n int, customer_id uuid, number text, insolvent_on date, customer_currency text, needs_purchase_order boolean,
    only_purchasers boolean, line_id uuid, limit_minor bigint, is_unlimited boolean, line_was_set boolean,
    is_set_elsewhere boolean, open_minor bigint, unapplied_minor bigint, overdue_minor bigint, days_overdue int,
    held_minor bigint, captured_minor bigint, already_minor bigint, holds text[],
    person_id uuid, person_may boolean, person_order_minor bigint, person_month_minor bigint, person_used_minor bigint,
    override_id uuid, override_order text, override_minor bigint, override_until timestamptz,
    override_by text, override_reason text, given_id uuid, earlier jsonb,
    line_state text, line_state_on date, line_until date, deposit_minor bigint, group_seen jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    mine constant uuid := openterms_seller();
    places int[];
    customers uuid[];
    currencies text[];
    groups uuid[];
BEGIN
    SELECT array_agg(a.n), array_agg(c.id), array_agg(a.currency), array_agg(c.group_id)
        FILTER (WHERE c.group_id IS NOT NULL)
    INTO places, customers, currencies, groups
    FROM jsonb_to_recordset(asked) AS a (n int, customer text, by_id uuid, currency text)
    CROSS JOIN LATERAL (
        SELECT id, group_id FROM (
            SELECT k.id, k.group_id, 1 AS rank FROM parties_customer k
            WHERE k.seller_id = mine AND k.number = a.customer
            UNION ALL SELECT k.id, k.group_id, 2 FROM parties_customer k WHERE k.seller_id = mine AND k.id = a.by_id
        ) known ORDER BY rank LIMIT 1
    ) c;
    IF keeps THEN
        PERFORM l.id FROM credit_line l
        WHERE l.seller_id = mine AND l.id IN (
            SELECT w.id FROM unnest(customers, currencies) AS u (customer, currency)
            JOIN credit_line w ON w.seller_id = mine AND w.customer_id = u.customer AND w.currency = u.currency)
        ORDER BY l.id FOR NO KEY UPDATE;
        INSERT INTO credit_line (id, seller_id, customer_id, currency, is_unlimited, after_is_unlimited, held_minor)
        SELECT openterms_id(), mine, u.customer, u.currency, false, false, 0
        FROM (SELECT DISTINCT * FROM unnest(customers, currencies) AS t (customer, currency)) u
        WHERE NOT EXISTS (SELECT 1 FROM credit_line w
            WHERE w.seller_id = mine AND w.customer_id = u.customer AND w.currency = u.currency)
        ON CONFLICT (seller_id, customer_id, currency) DO UPDATE SET held_minor = credit_line.held_minor;
        IF groups IS NOT NULL THEN
            PERFORM w.id FROM credit_groupline w
            WHERE w.seller_id = mine AND w.group_id = ANY(groups) AND w.limit_minor IS NOT NULL
            ORDER BY w.id FOR NO KEY UPDATE;
        END IF;
    END IF;
    RETURN QUERY
    SELECT a.n, c.id, c.number::text, c.insolvent_on, c.currency::text, coalesce(b.needs_purchase_order, false),
        coalesce(b.only_purchasers, false), l.id, l.limit_minor, coalesce(l.is_unlimited, false),
        l.limit_minor IS NOT NULL OR coalesce(l.is_unlimited, false)
            OR EXISTS (SELECT 1 FROM credit_linechange g WHERE g.line_id = l.id),
        (l.limit_minor IS NULL AND NOT coalesce(l.is_unlimited, false)) AND EXISTS (
            SELECT 1 FROM credit_line o WHERE o.seller_id = mine AND o.customer_id = c.id AND o.currency <> a.currency
                AND (o.limit_minor IS NOT NULL OR o.is_unlimited)),
        owed.open_minor, owed.unapplied_minor, owed.overdue_minor, owed.days_overdue,
        coalesce(l.held_minor, 0) - lapsed.minor, waiting.minor, before.minor,
        ARRAY(SELECT h.cause::text FROM credit_hold h
            WHERE h.seller_id = mine AND h.customer_id = c.id AND h.lifted_on IS NULL ORDER BY 1),
        p.id, p.is_active, p.limit_minor, p.month_limit_minor, spent.minor,
        v.id, v.order_ref::text, v.most_minor, v.expires_at, v.actor::text, v.reason::text, before.given_id,
        (SELECT jsonb_build_object('verb', k.verb, 'body', k.body, 'answer', k.answer)
            FROM credit_authorisationanswer k WHERE a.key <> '' AND k.seller_id = mine AND k.key = a.key),
        coalesce(l.state, 'open')::text, l.state_on, l.valid_until,
        (SELECT coalesce(sum(f.amount_minor), 0)::bigint FROM credit_cover f
            WHERE f.seller_id = mine AND f.customer_id = c.id AND f.currency = a.currency AND f.kind = 'deposit'
                AND f.valid_from <= a.on_day AND coalesce(f.valid_until, a.on_day) >= a.on_day
                AND (f.ended_on IS NULL OR f.ended_on > a.on_day)),
        CASE WHEN c.group_id IS NOT NULL THEN (
            SELECT jsonb_build_object('line_id', w.id, 'currency', w.currency, 'limit_minor', w.limit_minor, 'parts',
                (SELECT coalesce(jsonb_agg(jsonb_build_object('currency', p.currency, 'exposure_minor',
                    p.exposure_minor, 'held_minor', p.held_minor)), '[]'::jsonb)
                 FROM (SELECT e.currency, sum(e.exposure_minor)::bigint AS exposure_minor,
                        sum(e.held_minor)::bigint AS held_minor
                    FROM credit_group_exposed(c.group_id, moment, a.on_day) e GROUP BY e.currency) p))
            FROM credit_groupline w
            WHERE w.seller_id = mine AND w.group_id = c.group_id AND w.limit_minor IS NOT NULL LIMIT 1) END
    FROM jsonb_to_recordset(asked) AS a (n int, currency text, on_day date, late_on date, month_at timestamptz,
        order_ref text, purchaser text, key text)
    JOIN unnest(places, customers) AS u (n, customer) ON u.n = a.n
    JOIN LATERAL (SELECT * FROM parties_customer c WHERE c.seller_id = mine AND c.id = u.customer LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT * FROM parties_billingprofile b WHERE b.customer_id = c.id LIMIT 1) b ON true
    LEFT JOIN LATERAL (
        SELECT w.id, w.held_minor, w.state, w.state_on, w.valid_until,
            CASE WHEN w.temporary_until < a.on_day THEN w.after_minor ELSE w.limit_minor END AS limit_minor,
            CASE WHEN w.temporary_until < a.on_day THEN w.after_is_unlimited ELSE w.is_unlimited END AS is_unlimited
        FROM credit_line w
        WHERE w.seller_id = mine AND w.customer_id = c.id AND w.currency = a.currency LIMIT 1) l ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(i.open_minor) FILTER (WHERE i.kind IN ('invoice', 'late_fee', 'late_interest', 'charity')),
                0)::bigint AS open_minor,
            coalesce(sum(i.open_minor) FILTER (WHERE i.kind IN ('credit_note', 'receipt')), 0)::bigint
                AS unapplied_minor,
            coalesce(sum(i.collectable) FILTER (WHERE i.is_late), 0)::bigint AS overdue_minor,
            coalesce(max(a.on_day - i.due_on) FILTER (WHERE i.is_late), 0) AS days_overdue
        FROM (
            SELECT r.open_minor, r.kind, r.due_on, r.collectable, r.collectable > 0 AND r.due_on < a.late_on
                AND r.kind IN ('invoice', 'late_fee', 'late_interest', 'charity') AS is_late
            FROM (
                SELECT t.open_minor, t.kind, t.due_on, t.open_minor - t.contested_minor - t.in_flight_minor
                    - t.planned_minor - t.promised_minor AS collectable
                FROM receivables_item t
                WHERE t.seller_id = mine AND t.customer_id = c.id AND t.currency = a.currency AND t.open_minor > 0
            ) r
        ) i
    ) owed
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(greatest(x.approved_minor - x.captured_minor - x.released_minor, 0)), 0)::bigint AS minor
        FROM credit_authorisation x
        WHERE x.line_id = l.id AND x.state IN ('approved', 'partly_approved') AND x.expires_at <= moment
    ) lapsed
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(greatest(t.amount_minor - coalesce(i.amount_minor, 0), 0)), 0)::bigint AS minor
        FROM (SELECT q.invoice, sum(q.amount_minor) AS amount_minor FROM credit_authorisationcapture q
            WHERE q.line_id = l.id AND NOT q.is_billed GROUP BY q.invoice) t
        LEFT JOIN LATERAL (
            SELECT sum(r.amount_minor) - coalesce((SELECT sum(d.amount_minor) FROM credit_authorisationcapture d
                WHERE d.line_id = l.id AND d.invoice = t.invoice AND d.is_billed), 0) AS amount_minor
            FROM receivables_item r
            WHERE r.seller_id = mine AND r.kind = 'invoice' AND r.external_id = t.invoice AND t.invoice <> ''
                AND r.customer_id = c.id AND r.currency = a.currency
        ) i ON true
    ) waiting
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(greatest(x.approved_minor - x.released_minor, x.captured_minor)), 0)::bigint AS minor,
            (array_agg(x.id) FILTER (WHERE x.override_id IS NOT NULL AND x.captured_minor = 0
                AND x.released_minor = 0 AND x.expires_at > moment))[1] AS given_id
        FROM credit_authorisation x
        WHERE x.seller_id = mine AND x.customer_id = c.id AND x.order_ref = a.order_ref AND a.order_ref <> ''
            AND x.currency = a.currency AND x.state IN ('approved', 'partly_approved', 'captured')
    ) before
    LEFT JOIN LATERAL (
        SELECT * FROM parties_purchaser p WHERE a.purchaser <> '' AND p.customer_id = c.id AND p.seller_id = mine
            AND (lower(p.email) = lower(a.purchaser) OR p.name = a.purchaser)
        ORDER BY p.is_active DESC, p.id LIMIT 1
    ) p ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(greatest(x.approved_minor + x.prepaid_minor - x.released_minor, x.captured_minor)),
            0)::bigint AS minor
        FROM credit_authorisation x
        WHERE p.month_limit_minor IS NOT NULL AND x.person_id = p.id AND x.authorised_at >= a.month_at
            AND x.currency = a.currency AND x.order_ref <> a.order_ref
            AND x.state IN ('approved', 'partly_approved', 'captured')
    ) spent
    LEFT JOIN LATERAL (
        SELECT o.id, o.order_ref, o.most_minor, o.expires_at, o.actor, o.reason FROM credit_override o
        WHERE o.seller_id = mine AND o.customer_id = c.id AND o.order_ref = a.order_ref AND o.currency = a.currency
            AND a.order_ref <> '' AND o.expires_at > moment
            AND NOT EXISTS (SELECT 1 FROM credit_authorisation x WHERE x.override_id = o.id)
            AND NOT EXISTS (SELECT 1 FROM credit_overrideend e WHERE e.override_id = o.id)
        ORDER BY o.id DESC LIMIT 1
    ) v ON true
    ORDER BY a.n;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0010_pre_cover")]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(EXPOSED), migrations.RunSQL(READ)]
