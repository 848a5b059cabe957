from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "openterms.apps.parties"
    label = "parties"
