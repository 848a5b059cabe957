"""A company's own rules for those who order: limits of a purchaser by order and month, and whether only they may."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0003_post_references")]
    operations = [
        migrations.AddField("purchaser", "month_limit_minor", models.BigIntegerField(blank=True, null=True)),
        migrations.AddField("billingprofile", "only_purchasers", models.BooleanField(default=False)),
        migrations.AddConstraint(
            "purchaser", models.UniqueConstraint(fields=("seller", "id"), name="purchaser_of_seller")
        ),
        migrations.AddConstraint(
            "purchaser",
            models.CheckConstraint(
                condition=(models.Q(limit_minor__isnull=True) | models.Q(limit_minor__gte=0))
                & (models.Q(month_limit_minor__isnull=True) | models.Q(month_limit_minor__gte=0)),
                name="purchaser_limits",
            ),
        ),
    ]
