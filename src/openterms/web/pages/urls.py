"""Addresses of the pages that need no password."""

from django.urls import path

from .application import form, referee, sign
from .offer import offer_page
from .personal import entrance
from .personal import views as personal

app_name = "pages"

urlpatterns = [
    path("apply/<str:code>/", form.start_page, name="apply"),
    path("a/<str:secret>/", form.index, name="application"),
    path("a/<str:secret>/language/", form.language, name="application_language"),
    path("a/<str:secret>/files/", form.files_page, name="application_files"),
    path("a/<str:secret>/files/<uuid:file_id>/remove/", form.remove, name="application_file_remove"),
    path("a/<str:secret>/statements.xlsx", form.statements_template, name="application_template"),
    path("a/<str:secret>/sign/", sign.sign_page, name="application_sign"),
    path("a/<str:secret>/status/", sign.status_page, name="application_status"),
    path("a/<str:secret>/withdraw/", sign.withdraw_page, name="application_withdraw"),
    path("a/<str:secret>/agreement.pdf", sign.agreement_file, name="application_agreement"),
    path("a/<str:secret>/letter.pdf", sign.letter_file, name="application_letter"),
    path("a/<str:secret>/copy/", sign.copy_page, name="application_copy"),
    path("a/<str:secret>/<slug:name>/", form.section_page, name="application_section"),
    path("o/<str:secret>/", offer_page, name="offer"),
    path("p/<str:secret>/", personal.home, name="personal"),
    path("p/<str:secret>/seen/", personal.seen, name="personal_seen"),
    path("p/<str:secret>/fresh/", entrance.fresh, name="personal_fresh"),
    path("p/<str:secret>/statement.pdf", personal.statement_file, name="personal_statement"),
    path("p/<str:secret>/invoice/<uuid:item_id>.pdf", personal.invoice_file, name="personal_invoice"),
    path("p/<str:secret>/plan/<uuid:plan_id>/", personal.plan, name="personal_plan"),
    path("p/<str:secret>/<slug:name>/", personal.answer, name="personal_answer"),
    path("r/<str:secret>/", referee.reference_page, name="reference"),
]
