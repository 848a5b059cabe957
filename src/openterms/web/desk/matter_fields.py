"""The fields of forms about escalations: texts, amounts in minor units, days, choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from .doing import amount_field


def text_field(label: Any, required: bool = True, long: bool = False, **more: Any) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": 3, "dir": "auto"}) if long else forms.TextInput(attrs={"dir": "auto"})
    return forms.CharField(label=label, required=required, max_length=2_000 if long else 120, widget=widget, **more)


def money_field(label: Any, required: bool = True, **more: Any) -> forms.Field:
    field = forms.CharField(label=label, required=required, max_length=40, widget=forms.TextInput(attrs={"dir": "ltr"}),
                            **more)  # fmt: skip
    field.is_money = True  # type: ignore[attr-defined]
    return field


def day_field(label: Any, required: bool = True, **more: Any) -> forms.Field:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}), **more)


def choice_field(label: Any, choices: Sequence[tuple[Any, Any]], **more: Any) -> forms.Field:
    return forms.ChoiceField(label=label, choices=choices, **more)


def several_field(label: Any, choices: Sequence[tuple[Any, Any]], required: bool = True, **more: Any) -> forms.Field:
    return forms.MultipleChoiceField(label=label, choices=choices, required=required,
                                     widget=forms.CheckboxSelectMultiple, **more)  # fmt: skip


class MatterForm(forms.Form):
    """A form made of fields given; its amounts become minor units of `currency`."""

    def __init__(self, fields: Mapping[str, forms.Field], currency: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields.update(fields)
        self.currency = currency

    def clean(self) -> dict[str, Any]:
        """Amounts as minor units."""
        cleaned = super().clean() or {}
        for name, field in self.fields.items():
            if getattr(field, "is_money", False) and cleaned.get(name):
                cleaned[name] = amount_field(cleaned[name], self.currency, self, name)
        return cleaned
