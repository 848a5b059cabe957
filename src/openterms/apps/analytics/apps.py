from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "openterms.apps.analytics"
    label = "analytics"
