"""What is remembered of signing in belongs to the address that was typed, and to nobody else."""

from django.db import migrations

OWN = """
DO $$
DECLARE
    name text;
    mine constant text := 'username = (SELECT openterms_login()) OR username IN'
        ' (SELECT u.email FROM tenancy_user u WHERE u.id = (SELECT openterms_user()))';
    attempt constant text := 'access_attempt_id IN (SELECT a.id FROM axes_accessattempt a)';
BEGIN
    FOREACH name IN ARRAY ARRAY['axes_accessattempt', 'axes_accessfailurelog', 'axes_accesslog'] LOOP
        PERFORM openterms_policy(name, 'own', 'ALL', 'PUBLIC', mine, mine);
        PERFORM openterms_policy(name, 'worker', 'ALL', 'openterms_worker', 'true', 'true');
    END LOOP;
    PERFORM openterms_policy('axes_accessattemptexpiration', 'own', 'ALL', 'PUBLIC', attempt, attempt);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0005_pre_enter_by_key"), ("axes", "0010_accessattemptexpiration")]
    operations = [migrations.RunSQL(OWN)]
