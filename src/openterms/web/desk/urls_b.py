"""Addresses of reports, posting, imports, policies, journal and settings."""

from django.urls import URLPattern, path

from . import allocating, house, imports, journal, policies, posting, reports

urlpatterns: list[URLPattern] = [
    path("reports/", reports.index, name="reports"),
    path("reports/key-figures/over-time/", reports.series, name="report_series"),
    path("reports/<slug:slug>/", reports.report, name="report"),
    path("posting/", posting.index, name="posting"),
    path("posting/waiting/", posting.waiting, name="posting_waiting"),
    path("posting/items/<uuid:item_id>/allocate/", allocating.allocate, name="allocate"),
    path("posting/items/<uuid:item_id>/refund/", posting.refund, name="refund"),
    path("posting/items/<uuid:item_id>/write-off/", posting.write_off, name="write_off"),
    path("posting/allocations/<uuid:allocation_id>/undo/", allocating.undo, name="undo_allocation"),
    path("posting/<slug:code>/", posting.post, name="post"),
    path("imports/", imports.index, name="imports"),
    path("imports/new/", imports.new, name="import_new"),
    path("imports/<uuid:run_id>/", imports.show, name="import"),
    path("imports/<uuid:run_id>/columns/", imports.correct, name="import_correct"),
    path("imports/<uuid:run_id>/load/", imports.load, name="import_load"),
    path("imports/<uuid:run_id>/progress/", imports.progress, name="import_progress"),
    path("imports/<uuid:run_id>/refused.csv", imports.refused_rows, name="import_refused"),
    path("imports/<uuid:run_id>/map.yaml", imports.map_file, name="import_map"),
    path("policy/", policies.index, name="policy"),
    path("policy/new/", policies.new_page, name="policy_new"),
    path("policy/lint/", policies.lint_part, name="policy_lint"),
    path("policy/compare/", policies.compare_page, name="policy_compare"),
    path("policy/<uuid:version_id>/", policies.version_page, name="policy_version"),
    path("policy/<uuid:version_id>/edit/", policies.edit_page, name="policy_edit"),
    path("journal/", journal.index, name="journal"),
    path("journal/verify/", journal.verify_chain, name="journal_verify"),
    path("settings/", house.seller_page, name="settings"),
    path("settings/people/", house.people_page, name="settings_people"),
    path("settings/people/new/", house.add_person_page, name="settings_person_add"),
    path("settings/people/<uuid:membership_id>/", house.person_page, name="settings_person"),
    path("settings/rates/", house.rates_page, name="settings_rates"),
    path("settings/strategy/", house.strategy_page, name="settings_strategy"),
]
