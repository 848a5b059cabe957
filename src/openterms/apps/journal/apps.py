from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "openterms.apps.journal"
    label = "journal"
