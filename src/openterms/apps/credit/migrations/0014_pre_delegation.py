"""Delegations of authority, and steps of cases that were taken for somebody else."""

from django.db import migrations

GUARDS = """
CREATE TRIGGER delegation_fixed BEFORE UPDATE OF id, seller_id, giver_id, holder_id, first, last, authority_minor,
    reason, given_by_id, given_at, recorded_at
    ON credit_delegation FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER delegation_over BEFORE UPDATE ON credit_delegation
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER delegation_kept BEFORE DELETE OR TRUNCATE ON credit_delegation
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0013_pre_policy_life")]
    operations = [migrations.RunSQL(GUARDS)]
