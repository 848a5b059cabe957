from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "openterms.web.desk"
    label = "desk"
