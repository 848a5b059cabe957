from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "openterms.apps.messaging"
    label = "messaging"

    def ready(self) -> None:
        """Have every message carry a link to a page of its own."""
        from .outgoing import links
        from .page.actions import make_links

        links.register(make_links)
