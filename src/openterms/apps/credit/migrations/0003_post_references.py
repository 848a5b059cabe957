"""No line, change or hold refers to another seller's customer or line: the keys hold the seller too."""

from django.db import migrations, models

OF_SELLER = ("seller", "id")
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
    dependencies = [("credit", "0002_pre_book"), ("parties", "0003_post_references")]
    operations = [
        migrations.AddConstraint("line", models.UniqueConstraint(fields=OF_SELLER, name="line_of_seller")),
        migrations.RunSQL(KEYS),
    ]
