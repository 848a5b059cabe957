"""Nothing of a seller refers to another seller's group or customer: the keys hold the seller too."""

from django.db import migrations

KEYS = """
ALTER TABLE parties_customer ADD CONSTRAINT customer_group_of_seller
    FOREIGN KEY (seller_id, group_id) REFERENCES parties_group (seller_id, id);
ALTER TABLE parties_customertoken ADD CONSTRAINT customertoken_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE parties_identifier ADD CONSTRAINT identifier_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE parties_site ADD CONSTRAINT site_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE parties_contact ADD CONSTRAINT contact_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE parties_purchaser ADD CONSTRAINT purchaser_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE parties_billingprofile ADD CONSTRAINT billingprofile_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE parties_note ADD CONSTRAINT note_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE parties_attachment ADD CONSTRAINT attachment_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0002_pre_book")]
    operations = [migrations.RunSQL(KEYS)]
