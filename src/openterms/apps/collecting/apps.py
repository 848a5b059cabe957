from django.apps import AppConfig


class CollectingConfig(AppConfig):
    name = "openterms.apps.collecting"
    label = "collecting"

    def ready(self) -> None:
        """Post what disputes give up as losses; look after letters of demand that go out as messages."""
        from openterms.apps.journal.announcing import listen
        from openterms.apps.messaging.outgoing import last_look
        from openterms.apps.messaging.outgoing.events import MessageReported
        from openterms.apps.receivables.dispute.resolving import posts_write_offs

        from .escalation import posting
        from .write_off.disputed import post

        posts_write_offs(post)
        listen(MessageReported, posting.hear)
        last_look.register("demand", posting.refusals)
