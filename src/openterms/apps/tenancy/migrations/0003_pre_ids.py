"""UUIDv7 made by the database, for set-wise writes: its own function where it has one, else the same layout."""

from django.db import migrations

IDS = """
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        EXECUTE 'CREATE FUNCTION openterms_id() RETURNS uuid LANGUAGE sql VOLATILE AS ''SELECT uuidv7()''';
    ELSE
        EXECUTE $body$CREATE FUNCTION openterms_id() RETURNS uuid LANGUAGE sql VOLATILE AS '
            SELECT encode(set_byte(overlay(uuid_send(gen_random_uuid()) placing
                substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
                6, (get_byte(uuid_send(gen_random_uuid()), 6) & 15) | 112), ''hex'')::uuid'$body$;
    END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_pre_row_level_security")]
    operations = [migrations.RunSQL(IDS)]
