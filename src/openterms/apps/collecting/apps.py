from django.apps import AppConfig


class CollectingConfig(AppConfig):
    name = "openterms.apps.collecting"
    label = "collecting"

    def ready(self) -> None:
        """Have the guard asked once more before anything is sent; post what disputes give up as losses; look after
        letters of demand that go out as messages."""
        from openterms.apps.journal.announcing import listen
        from openterms.apps.messaging.outgoing import last_look
        from openterms.apps.messaging.outgoing.events import MessageReported
        from openterms.apps.receivables.dispute.resolving import posts_write_offs

        from .escalation import posting
        from .outreach.last_looks import refusals
        from .write_off.disputed import post

        last_look.register("demand", posting.refusals)
        last_look.register("guard", refusals)
        listen(MessageReported, posting.hear)
        posts_write_offs(post)
