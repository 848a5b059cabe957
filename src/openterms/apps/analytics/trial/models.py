"""Trials of policies that people asked for in the desk: the question, how far it is, and the answer."""

from __future__ import annotations

from django.db import models

from openterms.apps.parties.models import Owned
from openterms.apps.tenancy.models import User


class BackTestRun(Owned):
    """A back-test of a policy's text over a period, and what it found once it is done.

    `against` is `current`, `answered`, or the label of a version or example. `answer` is what `backtest.reads` gives.
    """

    label = models.CharField(max_length=80)
    """What people call the policy that is tested: `wholesale@3`, an example's name, a file's."""
    text = models.TextField()
    against = models.CharField(max_length=80)
    source = models.CharField(max_length=10)
    """`auto`, `orders` or `invoices`."""
    first = models.DateField()
    last = models.DateField()
    state = models.CharField(max_length=10)
    """`running`, `done` or `refused`."""
    answer = models.JSONField(default=dict)
    fault = models.JSONField(default=dict)
    """Where it is refused: what, where, remedy and params of the refusal."""
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
