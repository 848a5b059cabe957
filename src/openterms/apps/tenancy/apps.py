from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "openterms.apps.tenancy"
    label = "tenancy"
