from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    name = "openterms.apps.receivables"
    label = "receivables"
