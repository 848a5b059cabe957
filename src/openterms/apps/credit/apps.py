from django.apps import AppConfig


class CreditConfig(AppConfig):
    name = "openterms.apps.credit"
    label = "credit"

    def ready(self) -> None:
        """Hear of invoices, which capture the orders that they bill, and of cases, which answer reviews."""
        from openterms.apps.journal.announcing import listen
        from openterms.apps.receivables.open_item.events import InvoicePosted

        from .authorisation.invoicing import hear
        from .decision.events import CaseEnded
        from .review.actions import answered

        listen(InvoicePosted, hear)
        listen(CaseEnded, answered)
