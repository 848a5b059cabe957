"""What work moves a minute and who has it before them; rules of assignment, and absences."""

from django.db import migrations

GUARDS = """
SELECT openterms_append_only('collecting_assignmentrules');
CREATE TRIGGER absence_fixed BEFORE UPDATE OF id, seller_id, collector_id, cover_id, first, last, reason, made_by_id,
    recorded_at
    ON collecting_absence FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER absence_ended BEFORE UPDATE ON collecting_absence
    FOR EACH ROW WHEN (OLD.ended_on IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER absence_kept BEFORE DELETE OR TRUNCATE ON collecting_absence
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0009_pre_outreach"),
        ("parties", "0004_pre_recognition"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(GUARDS)]
