"""Addresses of the desk."""

from django.conf import settings
from django.urls import include, path

from . import (
    acts,
    acts_bureau,  # noqa: F401 registers its acts
    acts_collecting,  # noqa: F401 registers its acts
    acts_credit,  # noqa: F401 registers its acts
    bureaus,
    chosen,
    customer,
    customer_parts,
    customers,
    files,
    invoices,
    letters,
    preferences,
    saved_views,
    search,
    seller,
    today,
    undo,
    worklist,
)

app_name = "desk"

urlpatterns = [
    path("", today.today_page, name="today"),
    path("display/", preferences.set_display, name="display"),
    path("seller/", seller.switch, name="switch_seller"),
    path("search/", search.search_page, name="search"),
    path("views/", saved_views.save, name="save_view"),
    path("views/<uuid:view_id>/delete/", saved_views.delete, name="delete_view"),
    path("customers/", customers.customers_page, name="customers"),
    path("customers/new/", customer_parts.add_customer, name="add_customer"),
    path("customers/<uuid:customer_id>/", customer.customer_page, name="customer"),
    path("customers/<uuid:customer_id>/edit/", customer_parts.edit_customer, name="edit_customer"),
    path("customers/<uuid:customer_id>/keep/<slug:name>/", customer_parts.part, name="part"),
    path("customers/<uuid:customer_id>/files/", files.add_file, name="add_file"),
    path("customers/<uuid:customer_id>/letter/", letters.letter_page, name="letter"),
    path("customers/<uuid:customer_id>/statement/", letters.statement_page, name="statement"),
    path("customers/<uuid:customer_id>/lift-hold/", undo.lift, name="lift_hold"),
    path("customers/<uuid:customer_id>/end-pause/", undo.unpause, name="unpause"),
    path("customers/<uuid:customer_id>/do/<slug:name>/", acts.act, name="act"),
    path("bureau-reports/<uuid:report_id>/", bureaus.report_page, name="bureau_report"),
    path("files/<uuid:file_id>/", files.file_page, name="file"),
    path("files/<uuid:file_id>/validity/", files.validity_page, name="file_validity"),
    path("promises/<uuid:promise_id>/withdraw/", undo.withdraw_promise, name="withdraw_promise"),
    path("invoices/", invoices.invoices_page, name="invoices"),
    path("invoices/chosen/<slug:name>/", chosen.chosen, name="chosen"),
    path("invoices/<uuid:item_id>/", invoices.invoice_page, name="invoice"),
    path("disputes/<uuid:dispute_id>/withdraw/", undo.withdraw_dispute, name="withdraw_dispute"),
    path("activities/<uuid:activity_id>/strike/", undo.strike, name="strike"),
    path("disputes/<uuid:dispute_id>/decide/", invoices.close_dispute_page, name="close_dispute"),
    path("worklist/", worklist.worklist_page, name="worklist"),
    path("worklist/<uuid:work_item_id>/later/", worklist.snooze_page, name="snooze"),
    path("worklist/<uuid:work_item_id>/done/", worklist.finish_step, name="finish"),
    path("worklist/<uuid:work_item_id>/back/", undo.wake_work, name="wake"),
]

if settings.DEBUG:
    from . import gallery

    urlpatterns.append(path("gallery/", gallery.gallery, name="gallery"))

urlpatterns.append(path("", include("openterms.web.desk.urls_lines")))
urlpatterns.append(path("", include("openterms.web.desk.urls_matters")))
urlpatterns.append(path("", include("openterms.web.desk.urls_replies")))
urlpatterns.append(path("", include("openterms.web.desk.urls_charges")))
urlpatterns.append(path("", include("openterms.web.desk.urls_invoices")))
urlpatterns.append(path("", include("openterms.web.desk.urls_claims")))
urlpatterns.append(path("", include("openterms.web.desk.urls_b")))
urlpatterns.append(path("", include("openterms.web.desk.urls_outreach")))
urlpatterns.append(path("", include("openterms.web.desk.urls_messages")))
urlpatterns.append(path("", include("openterms.web.desk.urls_pages")))
urlpatterns.append(path("", include("openterms.web.desk.urls_team")))
