"""Addresses of lines, offers, cover, groups and changes of many lines."""

from django.urls import URLPattern, path

from . import (
    acts_lines,  # noqa: F401 registers its acts
    group_lines,
    line_changes,
    lines,
)

urlpatterns: list[URLPattern] = [
    path("lines/notices/<uuid:step_id>/", lines.notice_page, name="line_notice"),
    path("cover/<uuid:cover_id>/end/", lines.end_cover_page, name="end_cover"),
    path("offers/<uuid:offer_id>/", lines.offer_page, name="offer"),
    path("offers/<uuid:offer_id>/link/", lines.offer_link_page, name="offer_link"),
    path("offers/<uuid:offer_id>/answer/", lines.offer_answer_page, name="offer_answer"),
    path("offers/<uuid:offer_id>/withdraw/", lines.offer_withdraw_page, name="offer_withdraw"),
    path("groups/<uuid:group_id>/", group_lines.group_page, name="group"),
    path("groups/<uuid:group_id>/notices/<uuid:change_id>/", group_lines.group_notice_page, name="group_notice"),
    path("groups/<uuid:group_id>/<slug:verb>/", group_lines.group_act_page, name="group_act"),
    path("lines/change/", line_changes.ask_page, name="lines_change"),
    path("lines/change/<uuid:change_id>/", line_changes.preview_page, name="lines_preview"),
    path("lines/change/<uuid:change_id>/confirm/", line_changes.confirm_page, name="lines_confirm"),
    path("lines/change/<uuid:change_id>/progress/", line_changes.progress_page, name="lines_progress"),
    path("lines/change/<uuid:change_id>/again/", line_changes.again_page, name="lines_again"),
    path("lines/change/<uuid:change_id>/cancel/", line_changes.cancel_page, name="lines_cancel"),
]
