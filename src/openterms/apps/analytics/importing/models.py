"""Imports: each file taken in, what became of it."""

from __future__ import annotations

from django.db import models

from openterms.apps.parties.models import Owned
from openterms.apps.tenancy.models import User


class ImportRun(Owned):
    """A file that was imported or refused."""

    kind = models.CharField(max_length=16)
    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10)
    """`previewed`, `loading`, `loaded`, `refused`."""
    is_partial = models.BooleanField(default=False)
    rows_read = models.BigIntegerField(default=0)
    rows_loaded = models.BigIntegerField(default=0)
    rows_unchanged = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    mapping = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    """The first thousand row errors."""
    warnings = models.JSONField(default=list)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
