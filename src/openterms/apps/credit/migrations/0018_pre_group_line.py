"""The line of a group is suspended, cancelled, and ends on a day; orders of its members are told so."""

from django.db import migrations

# The one reading for orders tells what a group's line is open for. The function is taken as it stands and gets three
# more members of one object, so that whatever else was changed in it stays.
READ = """
DO $do$
DECLARE
    was constant text := '''limit_minor'', w.limit_minor, ''parts'',';
    wanted constant text := '''limit_minor'', w.limit_minor, ''state'', w.state, ''state_on'', w.state_on, '
        '''valid_until'', w.valid_until, ''parts'',';
    body constant text := pg_get_functiondef('credit_orders_seen(jsonb, timestamptz, boolean)'::regprocedure);
BEGIN
    IF position(was IN body) = 0 AND position(wanted IN body) = 0 THEN
        RAISE EXCEPTION 'credit_orders_seen does not read the line of a group as expected';
    END IF;
    EXECUTE replace(body, was, wanted);
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0017_pre_papers")]
    operations = [migrations.RunSQL(READ)]
