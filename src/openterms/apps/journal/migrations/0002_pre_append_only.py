"""Events and seals are written once."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial"), ("tenancy", "0002_pre_row_level_security")]
    operations = [
        migrations.RunSQL("SELECT openterms_append_only('journal_event'), openterms_append_only('journal_seal')")
    ]
