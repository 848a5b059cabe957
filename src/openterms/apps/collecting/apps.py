from django.apps import AppConfig


class CollectingConfig(AppConfig):
    name = "openterms.apps.collecting"
    label = "collecting"
