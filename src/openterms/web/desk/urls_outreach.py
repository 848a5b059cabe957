"""Addresses of strategies, experiments and what goes out."""

from django.urls import URLPattern, path

from . import experiments, outreach, outreach_timetable, six_checks, strategies

urlpatterns: list[URLPattern] = [
    path("outreach/", outreach.index, name="outreach"),
    path("outreach/send/", outreach.send_page, name="outreach_send"),
    path("outreach/timetable/", outreach_timetable.timetable_page, name="outreach_timetable"),
    path("outreach/<uuid:customer_id>/", outreach.message_page, name="outreach_message"),
    path("outreach/<uuid:customer_id>/hold/", outreach.hold_page, name="outreach_hold"),
    path("outreach/<uuid:customer_id>/let-in/", outreach.let_in_page, name="outreach_let_in"),
    path("outreach/tasks/<uuid:task_id>/done/", outreach.task_page, name="outreach_task"),
    path("customers/<uuid:customer_id>/six-checks/", six_checks.checks_page, name="six_checks"),
    path("strategy/", strategies.index, name="strategy"),
    path("strategy/add/", strategies.add_page, name="strategy_add"),
    path("strategy/<int:number>/", strategies.version_page, name="strategy_version"),
    path("strategy/drafts/<uuid:draft_id>/", strategies.draft_page, name="strategy_draft"),
    path("strategy/drafts/<uuid:draft_id>/edit/", strategies.edit_page, name="strategy_edit"),
    path("strategy/drafts/<uuid:draft_id>/publish/", strategies.publish_page, name="strategy_publish"),
    path("strategy/drafts/<uuid:draft_id>/<slug:name>/", strategies.step_page, name="strategy_step"),
    path("strategy/experiments/", experiments.add_page, name="experiment_add"),
    path("strategy/experiments/<slug:code>/do/<slug:name>/", experiments.act, name="experiment_act"),
    path("strategy/experiments/<slug:code>/", strategies.experiment_page, name="experiment"),
]
