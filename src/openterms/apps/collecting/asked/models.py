"""What programs asked under an idempotency key, and the first answer."""

from __future__ import annotations

from django.db import models

from openterms.apps.parties.models import Owned


class ClaimAsk(Owned):
    """What a program asked of promises, disputes, plans or reported payments under a key: written once.

    `verb` is which request it was, `body` what was sent, `status` and `answer` what was said to it first.
    """

    key = models.CharField(max_length=200)
    verb = models.CharField(max_length=80)
    body = models.JSONField()
    status = models.SmallIntegerField()
    answer = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "key"], name="claimask_key")]
