"""How much of its minute a key has taken, over all web processes. Lost in a crash, which costs nobody anything."""

from django.db import migrations

# Nobody reads or writes the table but this function; it holds counts and no row of a seller. A key's minute begins with
# its first request. Less is given at a time towards the end, so that little is left unused in one process while
# another has none.
WINDOWS = """
CREATE UNLOGGED TABLE tenancy_ratewindow (
    key_id uuid PRIMARY KEY, began timestamptz NOT NULL, taken int NOT NULL, given int NOT NULL
) WITH (fillfactor = 50);
ALTER TABLE tenancy_ratewindow ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE tenancy_ratewindow IS 'kept by the database';
CREATE FUNCTION openterms_take(wanted_key uuid, per_minute int, wanted int) RETURNS TABLE (
    given int, remaining int, seconds double precision)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.tenancy_ratewindow AS w (key_id, began, taken, given)
    VALUES (wanted_key, clock_timestamp(), least(wanted, per_minute), least(wanted, per_minute))
    ON CONFLICT (key_id) DO UPDATE SET (began, taken, given) = (
        SELECT CASE WHEN n.is_over THEN clock_timestamp() ELSE w.began END,
            n.before + least(wanted, greatest((per_minute - n.before) / 8, 1), greatest(per_minute - n.before, 0)),
            least(wanted, greatest((per_minute - n.before) / 8, 1), greatest(per_minute - n.before, 0))
        FROM (SELECT o.is_over, CASE WHEN o.is_over THEN 0 ELSE w.taken END AS before
            FROM (SELECT w.began <= clock_timestamp() - interval '60 seconds' AS is_over) o) n)
    RETURNING w.given, greatest(per_minute - w.taken, 0),
        extract(epoch FROM w.began + interval '60 seconds' - clock_timestamp())::double precision
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0006_post_login_attempts")]
    operations = [migrations.RunSQL(WINDOWS)]
