"""Addresses of call mode, the day's record and the team."""

from django.urls import URLPattern, path

from . import team, team_acts, worklist_call, worklist_record

urlpatterns: list[URLPattern] = [
    path("worklist/call/", worklist_call.call_page, name="call"),
    path("worklist/call/end/", worklist_call.call_end, name="call_end"),
    path("worklist/call/<uuid:work_item_id>/outcome/", worklist_call.call_outcome, name="call_outcome"),
    path("worklist/call/<uuid:work_item_id>/later/", worklist_call.call_later, name="call_later"),
    path("worklist/record/", worklist_record.record_page, name="work_record"),
    path("team/", team.team_page, name="team"),
    path("team/customers/", team_acts.share_page, name="team_share"),
    path("team/customers/confirm/", team_acts.confirm_share, name="team_confirm"),
    path("team/rules/", team_acts.rules_page, name="team_rules"),
    path("team/rules/apply/", team_acts.apply_page, name="team_apply"),
    path("team/absences/", team_acts.absences_page, name="team_absences"),
    path("team/absences/<uuid:absence_id>/end/", team_acts.end_absence, name="team_absence_end"),
]
