"""Changes of many lines that the worker looks at and carries out a few at a time."""

from django.db import migrations

# What was seen of a line is fixed once it was seen.
FIXED = """
DROP TRIGGER masschangerow_fixed ON credit_masschangerow;
CREATE TRIGGER masschangerow_fixed BEFORE UPDATE OF id, seller_id, change_id, customer_id, place, currency,
    exposure_minor, marks
    ON credit_masschangerow FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschangerow_looked BEFORE UPDATE OF stamp, before_minor, after_minor, is_looked
    ON credit_masschangerow FOR EACH ROW WHEN (OLD.is_looked) EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0018_pre_group_line")]
    operations = [migrations.RunSQL(FIXED)]
