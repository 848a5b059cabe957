"""No line, change or hold refers to another seller's customer or line: the keys hold the seller too."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_line ADD CONSTRAINT line_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_linechange ADD CONSTRAINT linechange_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_linechange ADD CONSTRAINT linechange_line_of_seller
    FOREIGN KEY (seller_id, line_id) REFERENCES credit_line (seller_id, id);
ALTER TABLE credit_hold ADD CONSTRAINT hold_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0002_pre_book")]
    operations = [migrations.RunSQL(KEYS)]
