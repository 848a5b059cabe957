"""The roles that credit policies let decide: sales director, finance director, board. Nothing changes in the tables."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0005_pre_enter_by_key"),
    ]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("credit_manager", "Credit manager"),
                    ("analyst", "Credit analyst"),
                    ("collector", "Collector"),
                    ("cash_clerk", "Cash clerk"),
                    ("sales", "Sales"),
                    ("sales_director", "Sales director"),
                    ("cfo", "Chief financial officer"),
                    ("board", "Board"),
                    ("auditor", "Auditor"),
                    ("admin", "Administrator"),
                ],
                max_length=16,
            ),
        ),
    ]
