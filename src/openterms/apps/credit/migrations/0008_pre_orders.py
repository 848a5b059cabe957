"""Orders completed: overrides, prepaid parts, purchasers, what a line holds as a running figure, and one reading."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

PROTECTED = {"on_delete": django.db.models.deletion.PROTECT, "db_constraint": False}

# Plans are kept by connections from the first orders on, when every index of a small table seems as good as any other.
# What is looked up for each order therefore has one index that fits it and none that only leads by the seller.
UNKEY = """
ALTER TABLE credit_authorisationcapture DROP CONSTRAINT capture_authorisation_of_seller;
ALTER TABLE credit_authorisationanswer DROP CONSTRAINT answer_authorisation_of_seller;
"""

KEYS = """
ALTER TABLE credit_authorisationcapture ADD CONSTRAINT capture_authorisation_of_seller
    FOREIGN KEY (seller_id, authorisation_id) REFERENCES credit_authorisation (seller_id, id);
ALTER TABLE credit_authorisationanswer ADD CONSTRAINT answer_authorisation_of_seller
    FOREIGN KEY (seller_id, authorisation_id) REFERENCES credit_authorisation (seller_id, id);
ALTER TABLE credit_override ADD CONSTRAINT override_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_override ADD CONSTRAINT override_authorisation_of_seller
    FOREIGN KEY (seller_id, authorisation_id) REFERENCES credit_authorisation (seller_id, id);
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_override_of_seller
    FOREIGN KEY (seller_id, override_id) REFERENCES credit_override (seller_id, id);
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_person_of_seller
    FOREIGN KEY (seller_id, person_id) REFERENCES parties_purchaser (seller_id, id);
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_successor_of_seller
    FOREIGN KEY (seller_id, successor_id) REFERENCES credit_authorisation (seller_id, id);
SELECT openterms_append_only('credit_override');
DROP TRIGGER authorisation_fixed ON credit_authorisation;
CREATE TRIGGER authorisation_fixed BEFORE UPDATE OF id, seller_id, line_id, customer_id, purchaser, person_id,
    order_ref, purchase_order, lines, currency, requested_minor, prepaid_minor, approved_minor, tolerance_bp,
    allows_partial_capture, authorised_at, most_until, limit_minor, is_unlimited, headroom_minor, seen, rules, reasons,
    override_id, overridden, idempotency_key, recorded_at
    ON credit_authorisation FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER authorisation_followed BEFORE UPDATE OF successor_id ON credit_authorisation
    FOR EACH ROW WHEN (OLD.successor_id IS NOT NULL AND NEW.successor_id IS DISTINCT FROM OLD.successor_id)
    EXECUTE FUNCTION openterms_refuse();
"""

# What is on record already. An owner that is no superuser is under row-level security too, so it is lifted for this.
FILL = """
ALTER TABLE credit_line NO FORCE ROW LEVEL SECURITY;
ALTER TABLE credit_authorisation NO FORCE ROW LEVEL SECURITY;
UPDATE credit_line l SET held_minor = h.held_minor FROM (
    SELECT line_id, sum(greatest(approved_minor - captured_minor - released_minor, 0)) AS held_minor
    FROM credit_authorisation WHERE state IN ('approved', 'partly_approved') GROUP BY line_id
) h WHERE h.line_id = l.id AND h.held_minor > 0;
ALTER TABLE credit_authorisation FORCE ROW LEVEL SECURITY;
ALTER TABLE credit_line FORCE ROW LEVEL SECURITY;
"""

# Everything that answers to orders are given on, in one statement. With `keeps` the lines are made where they are
# missing and locked in order of id; every statement of a VOLATILE function has a snapshot of its own, so what is read
# after the lock is what stands under it. Plans are generic: planning would take longer than reading.
READ = """
CREATE FUNCTION credit_orders_seen(asked jsonb, moment timestamptz, keeps boolean) RETURNS TABLE (
    n int, customer_id uuid, number text, insolvent_on date, customer_currency text, needs_purchase_order boolean,
    only_purchasers boolean, line_id uuid, limit_minor bigint, is_unlimited boolean, line_was_set boolean,
    is_set_elsewhere boolean, open_minor bigint, unapplied_minor bigint, overdue_minor bigint, days_overdue int,
    held_minor bigint, captured_minor bigint, already_minor bigint, holds text[],
    person_id uuid, person_may boolean, person_order_minor bigint, person_month_minor bigint, person_used_minor bigint,
    override_id uuid, override_order text, override_minor bigint, override_until timestamptz,
    override_by text, override_reason text, given_id uuid, earlier jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    mine constant uuid := openterms_seller();
    places int[];
    customers uuid[];
    currencies text[];
BEGIN
    SELECT array_agg(a.n), array_agg(c.id), array_agg(a.currency) INTO places, customers, currencies
    FROM jsonb_to_recordset(asked) AS a (n int, customer text, by_id uuid, currency text)
    CROSS JOIN LATERAL (
        SELECT id FROM (
            SELECT k.id, 1 AS rank FROM parties_customer k WHERE k.seller_id = mine AND k.number = a.customer
            UNION ALL SELECT k.id, 2 FROM parties_customer k WHERE k.seller_id = mine AND k.id = a.by_id
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
            FROM credit_authorisationanswer k WHERE a.key <> '' AND k.seller_id = mine AND k.key = a.key)
    FROM jsonb_to_recordset(asked) AS a (n int, currency text, on_day date, late_on date, month_at timestamptz,
        order_ref text, purchaser text, key text)
    JOIN unnest(places, customers) AS u (n, customer) ON u.n = a.n
    JOIN LATERAL (SELECT * FROM parties_customer c WHERE c.seller_id = mine AND c.id = u.customer LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT * FROM parties_billingprofile b WHERE b.customer_id = c.id LIMIT 1) b ON true
    LEFT JOIN LATERAL (
        SELECT w.id, w.held_minor,
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
        ORDER BY o.id DESC LIMIT 1
    ) v ON true
    ORDER BY a.n;
END $$;
"""


def reference(to, **more):
    """A reference that a key over seller and id holds."""
    return models.ForeignKey(to=to, **PROTECTED, **more)


def of_seller():
    """The seller, held by the composite keys: a key of its own would make every order lock the seller's row."""
    return models.ForeignKey(db_index=False, to="tenancy.seller", **PROTECTED)


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0007_pre_decision"),
        ("parties", "0004_pre_purchasers"),
        ("tenancy", "0005_pre_enter_by_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Override",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("order_ref", models.CharField(max_length=100)),
                ("currency", models.CharField(max_length=3)),
                ("most_minor", models.BigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("actor", models.CharField(max_length=200)),
                ("given_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("seller", of_seller()),
                ("customer", reference("parties.customer", db_index=False)),
                ("authorisation", reference("credit.authorisation", null=True, related_name="+")),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "override", models.UniqueConstraint(fields=("id", "seller"), name="override_of_seller")
        ),
        migrations.AddConstraint(
            "override",
            models.CheckConstraint(
                condition=models.Q(most_minor__gt=0, expires_at__gt=models.F("given_at")), name="override_capped"
            ),
        ),
        migrations.AddIndex(
            "override", models.Index(fields=["seller", "customer", "order_ref"], name="override_order")
        ),
        migrations.AddField("line", "held_minor", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddConstraint(
            "line", models.CheckConstraint(condition=models.Q(held_minor__gte=0), name="line_held")
        ),
        migrations.AddField("authorisation", "prepaid_minor", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddField(
            "authorisation", "person", reference("parties.purchaser", null=True, db_index=False, related_name="+")
        ),
        migrations.AddField(
            "authorisation", "override", reference("credit.override", null=True, db_index=False, related_name="+")
        ),
        migrations.AddField("authorisation", "overridden", models.JSONField(db_default=[], default=list)),
        migrations.AddField(
            "authorisation", "successor", reference("credit.authorisation", null=True, db_index=False)
        ),
        migrations.AddField("authorisationcapture", "is_billed", models.BooleanField(db_default=False)),
        migrations.AlterField("authorisation", "seller", of_seller()),
        migrations.AlterField("authorisationanswer", "seller", of_seller()),
        migrations.AlterField("authorisationcapture", "seller", of_seller()),
        migrations.RunSQL(UNKEY),
        migrations.RemoveConstraint("authorisation", "authorisation_of_seller"),
        migrations.AddConstraint(
            "authorisation", models.UniqueConstraint(fields=("id", "seller"), name="authorisation_of_seller")
        ),
        migrations.AddIndex(
            "authorisation",
            models.Index(
                fields=["seller", "id"], condition=models.Q(requested_minor__gt=0), name="authorisation_listed"
            ),
        ),
        migrations.RemoveConstraint("authorisation", "authorisation_amounts"),
        migrations.RemoveConstraint("authorisation", "authorisation_within"),
        migrations.AddConstraint(
            "authorisation",
            models.CheckConstraint(
                condition=models.Q(requested_minor__gt=0)
                & models.Q(prepaid_minor__gte=0)
                & models.Q(approved_minor__gte=0)
                & models.Q(requested_minor__gte=models.F("approved_minor") + models.F("prepaid_minor"))
                & models.Q(captured_minor__gte=0)
                & models.Q(lapsed_minor__gte=0)
                & models.Q(released_minor__gte=models.F("lapsed_minor"))
                & models.Q(released_minor__lte=models.F("approved_minor")),
                name="authorisation_amounts",
            ),
        ),
        migrations.AddConstraint(
            "authorisation",
            models.CheckConstraint(
                condition=models.Q(approved_minor=0)
                | models.Q(is_unlimited=True)
                | models.Q(headroom_minor__gte=models.F("approved_minor"))
                | models.Q(override__isnull=False),
                name="authorisation_within",
            ),
        ),
        migrations.AddConstraint(
            "authorisation", models.UniqueConstraint(fields=["override"], name="override_once")
        ),
        migrations.AddIndex(
            "authorisation",
            models.Index(
                fields=["seller", "id"],
                condition=models.Q(state="referred", successor__isnull=True),
                name="authorisation_queue",
            ),
        ),
        migrations.AddIndex(
            "authorisation",
            models.Index(
                fields=["person", "authorised_at"],
                condition=models.Q(person__isnull=False),
                name="authorisation_person",
            ),
        ),
        migrations.AddIndex(
            "authorisationcapture",
            models.Index(fields=["line"], condition=models.Q(is_billed=False), name="capture_unbilled"),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(FILL),
        migrations.RunSQL(READ),
    ]
