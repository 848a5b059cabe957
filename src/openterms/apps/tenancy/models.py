"""Sellers (the tenants), the people who work for them, and what each may do."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .fields import IdField


class Seller(models.Model):
    """A company that sells on credit: the tenant. `code` is what commands and people use."""

    id = IdField()
    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    timezone = models.CharField(max_length=64, default="UTC")
    weekend = ArrayField(models.SmallIntegerField(), default=list)
    """Days of the weekend as ISO numbers, Monday = 1."""
    terms = models.CharField(max_length=120, default="net 30")
    locked_through = models.DateField(null=True, blank=True)
    """No entry may be posted on or before this date."""
    small_difference_minor = models.BigIntegerField(default=500)
    address = models.CharField(max_length=500, blank=True, db_default="", default="")
    """The lines of its address, as papers show them."""
    registration = models.CharField(max_length=300, blank=True, db_default="", default="")
    """Lines of what the law has it say of itself: register and number, VAT number."""
    payment_details = models.CharField(max_length=500, blank=True, db_default="", default="")
    """Lines that say how to pay it: bank, account, name of the holder."""
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        """Make a user; the password is stored by argon2."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. Rights come from memberships, not from here."""

    id = IdField()
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    locale = models.CharField(max_length=8, default="en")
    numerals = models.CharField(max_length=8, default="latn", choices=[("latn", "123"), ("arab", "١٢٣")])
    calendar = models.CharField(
        max_length=16, default="gregorian", choices=[("gregorian", _("Gregorian")), ("hijri", _("Hijri"))]
    )
    theme = models.CharField(
        max_length=8, default="auto", choices=[("auto", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))]
    )
    is_active = models.BooleanField(default=True)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    @property
    def is_staff(self) -> bool:
        """Nobody uses Django's own administration pages."""
        return False

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """What a person does for a seller."""

    CREDIT_MANAGER = "credit_manager", _("Credit manager")
    ANALYST = "analyst", _("Credit analyst")
    COLLECTOR = "collector", _("Collector")
    CASH_CLERK = "cash_clerk", _("Cash clerk")
    SALES = "sales", _("Sales")
    SALES_DIRECTOR = "sales_director", _("Sales director")
    CFO = "cfo", _("Chief financial officer")
    BOARD = "board", _("Board")
    AUDITOR = "auditor", _("Auditor")
    ADMIN = "admin", _("Administrator")


class Membership(models.Model):
    """A person's role at a seller, with the greatest amount they may decide alone."""

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    role = models.CharField(max_length=16, choices=Role.choices)
    authority_minor = models.BigIntegerField(default=0)
    """Money authority in the seller's currency, minor units."""
    is_active = models.BooleanField(default=True)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "user"], name="membership_once"),
            models.CheckConstraint(condition=Q(authority_minor__gte=0), name="membership_authority"),
        ]


class ApiKey(models.Model):
    """A program's key to a seller. The secret is shown once; only its SHA-256 is kept.

    `prefix` is the beginning of the secret, by which people tell keys apart.
    """

    id = IdField()
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=16))
    per_minute = models.IntegerField(default=120_000)
    """How many requests a minute it may send, over all web processes."""
    revoked_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(db_default=models.functions.Now())


class ContextKey(models.Model):
    """The two pads of the key that signs the row-level-security context. Readable by the owner role alone."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    inner_pad = models.BinaryField()
    outer_pad = models.BinaryField()
