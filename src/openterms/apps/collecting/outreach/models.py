"""What went out by a strategy: runs, items in messages, what the guard refused, who was held out, answers to events."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from openterms.apps.messaging.models import Message
from openterms.apps.parties.models import Customer, Owned
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import User


class OutreachRun(Owned):
    """One sending for a day: under which strategy, by whom, with what result. A day may have several."""

    date = models.DateField()
    strategy_version = models.IntegerField()
    done_at = models.DateTimeField()
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    figures = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "id"], name="outreach_run_of_seller")]
        indexes = [models.Index(fields=["seller", "-date", "-id"], name="outreach_run_newest")]


class MessageItem(Owned):
    """An item that a message speaks of, and the step that the message takes on it."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    step = models.CharField(max_length=20)
    cause = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "item", "step"], name="message_item_once")]
        indexes = [models.Index(fields=["seller", "item"], name="message_item_item")]


class OutreachRefusal(Owned):
    """A message that a run did not make, with every reason in order. Written once."""

    run = models.ForeignKey(OutreachRun, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    step = models.CharField(max_length=48)
    channel = models.CharField(max_length=10, blank=True)
    reasons = models.JSONField(default=list)
    items = ArrayField(models.UUIDField(), default=list)
    not_before = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["seller", "run", "customer"], name="outreach_refusal_run"),
            models.Index(fields=["seller", "customer", "-id"], name="outreach_refusal_customer"),
        ]


class OutreachHold(Owned):
    """A person keeps one customer out of a day's run; let in again, the row stays."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    date = models.DateField()
    reason = models.CharField(max_length=500)
    held_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "customer", "date"],
                condition=models.Q(released_at__isnull=True),
                name="outreach_hold_once",
            )
        ]


class EventStep(Owned):
    """An answer to an event: a message of a run, or a task for a person. Each rule answers to each event once.

    `code` is the rule's (`promise_broken:promise_broken`), `cause` names the event for ever (`promise:<id>`).
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    code = models.CharField(max_length=48)
    cause = models.CharField(max_length=80)
    by = models.CharField(max_length=16)
    happened_on = models.DateField()
    taken_on = models.DateField()
    message = models.ForeignKey(
        Message, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    done_on = models.DateField(null=True)
    """For a task: when it was done."""
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="event_step_of_seller"),
            models.UniqueConstraint(fields=["seller", "code", "cause"], name="event_step_once"),
        ]
        indexes = [models.Index(fields=["seller", "customer", "-taken_on"], name="event_step_customer")]


class OutreachTimetable(Owned):
    """When the worker plans a seller's run, and whether it goes by itself. Written once; the newest counts."""

    class Mode(models.TextChoices):
        HAND = "hand", _("By hand")
        WAITS = "waits", _("By the clock, once a person releases it")
        ITSELF = "itself", _("By the clock, by itself")

    mode = models.CharField(max_length=6, choices=Mode.choices, default=Mode.WAITS)
    at = models.TimeField()
    """The time of day in the seller's time zone."""
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["seller", "-id"], name="outreach_timetable_newest")]
        constraints = [
            models.CheckConstraint(condition=models.Q(mode__in=("hand", "waits", "itself")), name="outreach_mode")
        ]


class PlannedRun(Owned):
    """A day's run as the worker planned it by the timetable: one for a seller and day.

    `figures` are those of the plan; a release plans anew and sends what is still owed. One that nobody released by the
    next plan has lapsed: what it held is in that next plan.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for release")
        SENT = "sent", _("Sent")
        LAPSED = "lapsed", _("Not released")

    date = models.DateField()
    planned_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    figures = models.JSONField(default=dict)
    run = models.ForeignKey(OutreachRun, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "date"], name="planned_run_once"),
            models.CheckConstraint(
                condition=models.Q(state="waiting", run__isnull=True, ended_at__isnull=True)
                | models.Q(state="sent", run__isnull=False, ended_at__isnull=False)
                | models.Q(state="lapsed", run__isnull=True, ended_at__isnull=False),
                name="planned_run_states",
            ),
        ]
