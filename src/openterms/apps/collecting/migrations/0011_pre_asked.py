"""What programs asked of promises, disputes, plans and payments under a key, with the first answer."""

from django.db import migrations

GUARDS = "SELECT openterms_append_only('collecting_claimask');"


class Migration(migrations.Migration):
    dependencies = [("collecting", "0010_pre_team"), ("tenancy", "0007_pre_rate_windows")]
    operations = [migrations.RunSQL(GUARDS)]
