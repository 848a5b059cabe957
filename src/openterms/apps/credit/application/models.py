"""Credit applications: the seller's form, what an applicant answers, files, references, signatures, register answers.

An applicant and a referee come by a link of 256 random bits, of which only the digest is kept; row-level security shows
them that one application or reference and the form of its seller.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer, Owned
from openterms.apps.tenancy.fields import IdField
from openterms.apps.tenancy.models import Seller, User


class ApplicationForm(Owned):
    """The form of a seller: whether the public may apply, what they agree to, how long a link lives."""

    code = models.CharField(max_length=32, unique=True)
    """The seller's code, as it stands in the public address."""
    is_open = models.BooleanField(default=False)
    agreement = models.JSONField(default=dict)
    """Language -> text of the credit agreement that is signed."""
    valid_days = models.SmallIntegerField(default=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller"], name="applicationform_once")]


class ApplicationStart(models.Model):
    """That somebody began an application from an address (its digest), so that starts can be counted."""

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_index=False)
    address_digest = models.CharField(max_length=64)
    started_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seller", "address_digest", "started_at"], name="applicationstart_address")]


class Application(Owned):
    """What a business asks, and what became of it. Answers change only while it is started."""

    class State(models.TextChoices):
        STARTED = "started", _("Being filled in")
        SUBMITTED = "submitted", _("Submitted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    number = models.CharField(max_length=16)
    """A random reference such as `A-7K3F-9QXM`: tells nothing about how many there are."""
    digest = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=2, default="en")
    currency = models.CharField(max_length=3)
    order_ref = models.CharField(max_length=100, blank=True)
    """The order at whose checkout it began."""
    return_url = models.CharField(max_length=500, blank=True, db_default="", default="")
    """The page of the shop to which the applicant comes back."""
    state = models.CharField(max_length=12, choices=State.choices, default=State.STARTED)
    answers = models.JSONField(default=dict)
    name = models.CharField(max_length=200, blank=True)
    """The registered name as answered, for lists."""
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    message = models.TextField(blank=True)
    """What the applicant reads: what more is needed, or why it was declined."""
    note = models.TextField(blank=True)
    """What staff keep to themselves about the decision."""
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="applications"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "number"], name="application_number"),
            models.UniqueConstraint(fields=["seller", "id"], name="application_of_seller"),
            models.CheckConstraint(
                condition=Q(state="started") | Q(submitted_at__isnull=False) | Q(state="withdrawn"),
                name="application_submitted",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(customer__isnull=False), name="application_accepted"
            ),
        ]
        indexes = [models.Index(fields=["seller", "state", "id"], name="application_state")]

    def __str__(self) -> str:
        return self.number


class ApplicationFile(Owned):
    """A file that came with an application. Its content lies by its digest, in quarantine until it is found clean."""

    class Purpose(models.TextChoices):
        REGISTRATION = "registration", _("Certificate of registration")
        TAX = "tax", _("VAT or tax certificate")
        IDENTITY = "identity", _("Identity of who signs")
        STATEMENTS = "statements", _("Financial statements")
        BANK = "bank", _("Letter or statement of the bank")
        OTHER = "other", _("Other")

    class State(models.TextChoices):
        CLEAN = "clean", _("Scanned, clean")
        UNSCANNED = "unscanned", _("Not scanned: no scanner is set up")
        WAITING = "waiting", _("In quarantine: the scanner did not answer")
        INFECTED = "infected", _("Refused by the scanner")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, db_constraint=False)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices)
    scan_said = models.CharField(max_length=200, blank=True)


class ApplicationReference(Owned):
    """A company or bank that the applicant names, its own link, and what it answered."""

    class Kind(models.TextChoices):
        TRADE = "trade", _("Trade reference")
        BANK = "bank", _("Bank reference")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    company = models.CharField(max_length=200)
    person = models.CharField(max_length=200, blank=True)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    applicant = models.CharField(max_length=200)
    language = models.CharField(max_length=2, default="en")
    currency = models.CharField(max_length=3)
    digest = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answers = models.JSONField(default=dict)
    answered_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "kind", "email"], name="applicationreference_once")
        ]


class ApplicationAcceptance(Owned):
    """A signature under the agreement and the answers: written once."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, db_constraint=False)
    language = models.CharField(max_length=2)
    document = models.TextField()
    """The agreement's text as it was shown."""
    document_hash = models.CharField(max_length=64)
    """SHA-256 of the text in UTF-8."""
    answers = models.JSONField()
    answers_hash = models.CharField(max_length=64)
    """SHA-256 of the answers as canonical JSON."""
    typed_name = models.CharField(max_length=200)
    position = models.CharField(max_length=200, blank=True)
    signed_at = models.DateTimeField()
    address = models.CharField(max_length=64)
    """The network address that signed."""
    paper_hash = models.CharField(max_length=64, blank=True, db_default="", default="")
    """SHA-256 of the signed copy as PDF, by which its bytes are kept; empty for signatures without one."""
    paper_size = models.BigIntegerField(db_default=0, default=0)


class ApplicationAsk(Owned):
    """What a program asked under an idempotency key, and the first answer (without the link): written once."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, db_constraint=False)
    key = models.CharField(max_length=200)
    body = models.JSONField()
    answer = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "key"], name="applicationask_key")]


class ApplicationCheck(Owned):
    """What a register answered about a number at an instant: written once. Not reachable is an answer of its own."""

    class Outcome(models.TextChoices):
        FOUND = "found", _("In the register")
        NOT_FOUND = "not_found", _("Not in the register")
        UNREACHABLE = "unreachable", _("The register did not answer")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, db_constraint=False)
    register = models.CharField(max_length=16)
    value = models.CharField(max_length=80)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    name = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=16, blank=True)
    registered_on = models.DateField(null=True)
    said = models.JSONField(default=dict)
    checked_at = models.DateTimeField()


class ApplicationKey(models.Model):
    """By what a submitted application is recognised again: a number, telephone, domain, account or word of its name."""

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, db_index=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=8)
    value = models.CharField(max_length=100, db_collation="C")

    class Meta:
        indexes = [models.Index(fields=["seller", "kind", "value"], name="applicationkey_value")]
