"""A message as it is handed over: with its files, and its place in a conversation."""

from __future__ import annotations

from openterms.apps.messaging.channel.port import File, Later, Parcel
from openterms.apps.tenancy import contents

from .models import WENT_OUT, Message, MessageAttachment


def parcel_of(message: Message) -> Parcel:
    """The parcel of a message. Errors: Later, where a file of it is gone."""
    root = before = ""
    if message.thread_key and message.channel == "email":
        same = Message.objects.filter(seller_id=message.seller_id, thread_key=message.thread_key, channel="email",
                                      address=message.address, state__in=WENT_OUT)  # fmt: skip
        ids = list(same.exclude(id=message.id).order_by("id").values_list("id", flat=True))
        root, before = (str(ids[0].hex), str(ids[-1].hex)) if ids else ("", "")
    files = []
    for one in MessageAttachment.objects.filter(message=message).order_by("place"):
        content = contents.content_of(one.digest)
        if content is None:
            raise Later(f"the attachment {one.name} is gone")
        files.append(File(one.name, one.media_type, content))
    return Parcel(
        id=message.id, address=message.address, name=message.variables.get("contact_name") or "",
        language=message.language, purpose=message.purpose, subject=message.subject, text=message.text,
        html=message.html, root=root, before=before, files=tuple(files),
    )  # fmt: skip
