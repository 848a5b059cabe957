"""Links to personal pages, what readers did and asked for there. A link's secret shows that one link."""

from django.db import migrations

KEYS = """
ALTER TABLE messaging_pagelink ADD CONSTRAINT page_link_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_pagelink ADD CONSTRAINT page_link_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id) ON DELETE SET NULL (contact_id);
ALTER TABLE messaging_pagetouch ADD CONSTRAINT page_touch_link_of_seller
    FOREIGN KEY (seller_id, link_id) REFERENCES messaging_pagelink (seller_id, id);
ALTER TABLE messaging_pagetouch ADD CONSTRAINT page_touch_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_pagetouch ADD CONSTRAINT page_touch_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id) ON DELETE SET NULL (contact_id);
ALTER TABLE messaging_pagerequest ADD CONSTRAINT page_request_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_pagerequest ADD CONSTRAINT page_request_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id) ON DELETE SET NULL (contact_id);
CREATE TRIGGER page_request_fixed BEFORE UPDATE OF id, seller_id, customer_id, kind, said, text, language, asked_at,
    recorded_at ON messaging_pagerequest FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_request_done BEFORE UPDATE ON messaging_pagerequest
    FOR EACH ROW WHEN (OLD.done_at IS NOT NULL AND NEW.contact_id IS NOT DISTINCT FROM OLD.contact_id)
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_request_kept BEFORE DELETE OR TRUNCATE ON messaging_pagerequest
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_link_fixed BEFORE UPDATE OF id, seller_id, customer_id, digest, recorded_at
    ON messaging_pagelink FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_link_over BEFORE UPDATE ON messaging_pagelink
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_link_kept BEFORE DELETE OR TRUNCATE ON messaging_pagelink
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_touch_fixed BEFORE UPDATE OF id, seller_id, link_id, customer_id, kind, at, address, subject_id,
    key
    ON messaging_pagetouch FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_touch_kept BEFORE DELETE OR TRUNCATE ON messaging_pagetouch
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
# By a link's digest that one link shows, and nothing else.
BY_LINK = """
SELECT openterms_policy('messaging_pagelink', 'by_link', 'SELECT', 'PUBLIC',
    '''page:'' || digest = (SELECT openterms_key())', NULL);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0003_pre_replies"),
        ("parties", "0004_pre_recognition"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(BY_LINK)]
