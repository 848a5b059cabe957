"""The identity column that every row has."""

from __future__ import annotations

from typing import Any

from django.db import models

from .clock import new_id


class IdField(models.UUIDField):  # type: ignore[type-arg]
    """A UUIDv7 primary key made when the row is made. Migrations see a plain UUID."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"primary_key": True, "default": new_id, "editable": False} | options))

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Without the default, so that migrations import nothing of ours."""
        name, _, args, options = super().deconstruct()
        options.pop("default", None)
        return name, "django.db.models.UUIDField", list(args), options
