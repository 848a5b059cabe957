from django.apps import AppConfig


class CreditConfig(AppConfig):
    name = "openterms.apps.credit"
    label = "credit"
