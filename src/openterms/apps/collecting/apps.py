from django.apps import AppConfig


class CollectingConfig(AppConfig):
    name = "openterms.apps.collecting"
    label = "collecting"

    def ready(self) -> None:
        """Have the guard asked once more before anything is sent."""
        from openterms.apps.messaging.outgoing import last_look

        from .outreach.last_looks import refusals

        last_look.register("guard", refusals)
