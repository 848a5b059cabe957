from django.apps import AppConfig


class CreditConfig(AppConfig):
    name = "openterms.apps.credit"
    label = "credit"

    def ready(self) -> None:
        """Hear of invoices: they capture the orders that they bill."""
        from openterms.apps.journal.announcing import listen
        from openterms.apps.receivables.open_item.events import InvoicePosted

        from .authorisation.invoicing import hear

        listen(InvoicePosted, hear)
