"""Files kept with a customer: checked, limited in size, stored outside the web root by their digest."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.parties.actions import add_attachment, set_validity
from openterms.apps.parties.models import Attachment, Customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import Actor

from .access import actor, staff
from .customer import customer_of
from .doing import attempt, done

MOST_BYTES = 15 * 2**20
MOST_FILES = 10
"""At once."""
KINDS = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".txt": ("text/plain", ()),
    ".csv": ("text/csv", ()),
    ".eml": ("message/rfc822", ()),
    ".xml": ("application/xml", ()),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
}
"""Ending -> media type and how such a file begins (nothing: a text)."""
SHOWN_INLINE = ("application/pdf", "image/png", "image/jpeg")


def fault_of(file: UploadedFile) -> str:
    """Why a file is not taken, in words; empty when it is."""
    size = file.size or 0
    if not size:
        return _("The file is empty.")
    if size > MOST_BYTES:
        return _("The file is larger than 15 MB. Make it smaller, or keep it elsewhere and note where.")
    ending = Path(file.name or "").suffix.lower()
    if ending not in KINDS:
        return _("Files of this kind are not taken. Give a PDF, a picture, a table, a document, a mail or a text.")
    _media, begins = KINDS[ending]
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    if (begins and not head.startswith(begins)) or (not begins and b"\0" in head):
        return _("The file's content is not what its name says.")
    return ""


def store(file: IO[bytes]) -> tuple[str, int]:
    """Keep a file's content by its digest; the same content is kept once. Returns digest and size."""
    folder = Path(settings.FILES_FOLDER)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as kept:
        while block := file.read(2**20):
            digest.update(block)
            size += len(block)
            kept.write(block)
    place = path_of(digest.hexdigest())
    place.parent.mkdir(exist_ok=True, mode=0o700)
    Path(kept.name).replace(place)
    return digest.hexdigest(), size


def path_of(digest: str) -> Path:
    """Where the content of a digest lies."""
    return Path(settings.FILES_FOLDER) / digest[:2] / digest


def keep(
    customer: Customer, who: Actor, file: UploadedFile, now: datetime, kind: str = "", valid_until: date | None = None
) -> Attachment:
    """Keep a file with a customer; the caller has seen that `fault_of` has nothing against it."""
    digest, size = store(file)  # type: ignore[arg-type]
    media = KINDS[Path(file.name or "").suffix.lower()][0]
    name = Path(file.name or "").name[:200].replace("\0", "")
    return add_attachment(customer, who, name, media, size, digest, now, kind, valid_until)


class ValidityForm(forms.Form):
    """What a file is and until when it is good."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of document"), choices=Attachment.Kind.choices, required=False)
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


class KeptFileField(forms.FileField):
    """A file that is to be kept with a customer, checked as every such file is."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("label", gettext_lazy("Attach a file"))
        more.setdefault("help_text", gettext_lazy("Kept with the customer: a PDF, picture, table, document or mail."))
        more.setdefault("required", False)
        super().__init__(widget=forms.FileInput(attrs={"accept": ",".join(KINDS)}), **more)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Refuse what is not taken."""
        if isinstance(data, UploadedFile) and (fault := fault_of(data)):
            raise forms.ValidationError(fault)
        return super().clean(data, initial)


class ManyFilesInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        """Every file that was chosen."""
        return list(files.getlist(name))


class FilesField(KeptFileField):
    """Files to be kept with a customer, each checked by itself."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.widget = ManyFilesInput(attrs=self.widget.attrs | {"multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file that was given."""
        several = data if isinstance(data, (list, tuple)) else [data] if data else []
        if len(several) > MOST_FILES:
            raise forms.ValidationError(_("Give at most %(most)s files at once.") % {"most": MOST_FILES})
        found = [super(FilesField, self).clean(one, initial) for one in several or [None]]
        return [one for one in found if one is not None]


@require_POST
@staff(right="note")
def add_file(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Keep a file with the customer."""
    customer = customer_of(request, customer_id)
    back = reverse("desk:customer", args=[customer_id]) + "#files"
    file = request.FILES.get("file")
    fault = _("Choose a file first.") if not isinstance(file, UploadedFile) else fault_of(file)
    if fault or not isinstance(file, UploadedFile):
        messages.error(request, fault)
        return HttpResponseRedirect(back)
    told = ValidityForm(request.POST)
    if not told.is_valid():
        messages.error(request, _("This is not a day. Give the last day on which the document is good."))
        return HttpResponseRedirect(back)
    keep(customer, actor(request), file, clock.now(), **told.cleaned_data)
    messages.success(request, _("The file is kept."))
    return HttpResponseRedirect(back)


@staff(right="note")
def validity_page(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Say what a kept file is and until when it is good."""
    kept = Attachment.objects.filter(seller=request.seller, id=file_id).select_related("customer").first()  # type: ignore[attr-defined,misc]
    if kept is None:
        raise Http404
    back = reverse("desk:customer", args=[kept.customer_id]) + "#files"
    form = ValidityForm(request.POST or None, initial={"kind": kept.kind, "valid_until": kept.valid_until})
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form, lambda: set_validity(kept.customer, actor(request), kept.id, now=clock.now(), **form.cleaned_data)
        )
        if made is not None:
            return done(request, _("The validity is kept."), back)
    context = {
        "form": form, "title": _("Until when is it good?"), "verb": _("Save"), "back": back, "customer": kept.customer,
        "address": reverse("desk:file_validity", args=[kept.id]), "place": "customers",
    }  # fmt: skip
    return render(request, "desk/credit/form.html", context, status=422 if form.errors else 200)


@staff
def file_page(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """The file, as a download, or shown where a browser does that safely."""
    kept = Attachment.objects.filter(seller=request.seller, id=file_id).first()  # type: ignore[attr-defined,misc]
    if kept is None or not path_of(kept.digest).exists():
        raise Http404
    inline = kept.media_type in SHOWN_INLINE
    response = FileResponse(
        path_of(kept.digest).open("rb"), as_attachment=not inline, filename=kept.name or get_valid_filename("file"),
        content_type=kept.media_type,
    )  # fmt: skip
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
