"""Large scans may be shared by several workers although row-level security asks who is asking.

The context is asked of the leading process, which alone holds it, and its answer is handed to the workers: that is what
`PARALLEL RESTRICTED` says. Without it every plan under the policies runs in one process.
"""

from django.db import migrations

RESTRICTED = """
ALTER FUNCTION openterms_context(text) PARALLEL RESTRICTED;
ALTER FUNCTION openterms_seller() PARALLEL RESTRICTED;
ALTER FUNCTION openterms_user() PARALLEL RESTRICTED;
ALTER FUNCTION openterms_login() PARALLEL RESTRICTED;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0004_pre_bound_context")]
    operations = [migrations.RunSQL(RESTRICTED)]
