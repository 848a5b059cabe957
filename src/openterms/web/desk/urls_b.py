"""Addresses of reports, posting, imports, journal and settings."""

from django.urls import URLPattern, path

from . import allocating, application_acts, applications, house, imports, journal, posting, reports

urlpatterns: list[URLPattern] = [
    path("applications/", applications.index, name="applications"),
    path("applications/<uuid:application_id>/", applications.show, name="application"),
    path("applications/<uuid:application_id>/accept/", application_acts.accept_page, name="application_accept"),
    path("applications/<uuid:application_id>/decline/", application_acts.decline_page, name="application_decline"),
    path("applications/<uuid:application_id>/more/", application_acts.more_page, name="application_more"),
    path("applications/<uuid:application_id>/check/", application_acts.check, name="application_check"),
    path("applications/references/<uuid:reference_id>/", application_acts.ask_again_page, name="reference_again"),
    path("applications/files/<uuid:file_id>/", applications.file_page, name="application_file"),
    path("applications/files/<uuid:file_id>/scan/", application_acts.scan, name="application_scan"),
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
    path("journal/", journal.index, name="journal"),
    path("journal/verify/", journal.verify_chain, name="journal_verify"),
    path("settings/", house.seller_page, name="settings"),
    path("settings/people/", house.people_page, name="settings_people"),
    path("settings/people/new/", house.add_person_page, name="settings_person_add"),
    path("settings/people/<uuid:membership_id>/", house.person_page, name="settings_person"),
    path("settings/rates/", house.rates_page, name="settings_rates"),
    path("settings/strategy/", house.strategy_page, name="settings_strategy"),
    path("settings/application/", application_acts.form_page, name="settings_application"),
]
