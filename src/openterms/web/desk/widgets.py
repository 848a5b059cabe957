"""Fields of the desk that Django has no widget for."""

from __future__ import annotations

from typing import Any

from django import forms


class ItemChoice(forms.CheckboxSelectMultiple):
    """Open items to choose from, each with its due date and what is free of it.

    Choices are `(id, item)`; with `attrs["sum"]` the sum of what is chosen is written into that field.
    """

    template_name = "desk/widgets/items.html"
    option_inherits_attrs = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The rows: item and whether it is chosen."""
        chosen = {str(one) for one in value or ()}
        rows = [{"item": item, "value": key, "checked": key in chosen} for key, item in self.choices]
        attrs = {**self.attrs, **(attrs or {})}
        return {"widget": {"name": name, "rows": rows, "sum": attrs.get("sum", ""), "id": attrs.get("id", "")}}
