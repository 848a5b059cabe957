"""Files that readers of a personal page send: told by their content, limited, and looked at before they are kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from openterms.apps.credit.application.files import media_type_of, scan
from openterms.core.base.errors import BadInput
from openterms.web.desk.doing import explain

ENDINGS = {
    "application/pdf": (".pdf",), "image/png": (".png",), "image/jpeg": (".jpg", ".jpeg"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
}  # fmt: skip


class SentFileField(forms.FileField):
    """One file of a reader. Where a scanner is set up, a file that it did not find clean is not taken."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("help_text", _("A PDF, a PNG or JPEG picture, or an XLSX table, up to 10 MB."))
        accepted = ",".join(ending for endings in ENDINGS.values() for ending in endings)
        super().__init__(required=False, widget=forms.FileInput(attrs={"accept": accepted}), **more)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Refuse what is not taken."""
        if isinstance(data, UploadedFile):
            content = data.read()
            data.seek(0)
            try:
                media_type = media_type_of(content)
            except BadInput as error:
                raise forms.ValidationError(explain(error)) from None
            if not (data.name or "").lower().endswith(ENDINGS[media_type]):
                raise forms.ValidationError(gettext("The file's content is not what its name says."))
            state = scan(content).state
            if state == "infected":
                raise forms.ValidationError(gettext("This file is not taken: a virus was found in it."))
            if state == "waiting":
                raise forms.ValidationError(gettext("Files cannot be taken now. Send it without, or try again later."))
        return super().clean(data, initial)
