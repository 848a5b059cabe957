from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "openterms.apps.messaging"
    label = "messaging"
