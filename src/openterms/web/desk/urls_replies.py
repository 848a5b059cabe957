"""Addresses of replies."""

from django.urls import URLPattern, path

from . import replies

urlpatterns: list[URLPattern] = [
    path("replies/", replies.index, name="replies"),
    path("replies/<uuid:mail_id>/", replies.reply_page, name="reply"),
    path("replies/<uuid:mail_id>/who/", replies.who_page, name="reply_who"),
    path("replies/files/<uuid:file_id>/", replies.file_page, name="reply_file"),
    path("replies/proposals/<uuid:proposal_id>/edit/", replies.edit_page, name="reply_edit"),
    path("replies/proposals/<uuid:proposal_id>/confirm/", replies.decide, {"answer": "confirm"}, name="reply_confirm"),
    path("replies/proposals/<uuid:proposal_id>/reject/", replies.decide, {"answer": "reject"}, name="reply_reject"),
]
