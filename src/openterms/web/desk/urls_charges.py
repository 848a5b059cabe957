"""Addresses of late charges, reference rates and consents."""

from django.urls import URLPattern, path

from . import consents, late_charges, reference_rates

urlpatterns: list[URLPattern] = [
    path("late-charges/", late_charges.index, name="late_charges"),
    path("late-charges/rates/", reference_rates.rates_page, name="reference_rates"),
    path("customers/<uuid:customer_id>/consents/", consents.consents_page, name="consents"),
    path("consents/<uuid:consent_id>/withdraw/", consents.withdraw_page, name="consent_withdraw"),
    path("late-charges/book/", late_charges.book_page, name="late_charges_book"),
    path("late-charges/items/<uuid:item_id>/", late_charges.item_page, name="late_charge_item"),
    path("late-charges/<uuid:charge_id>/", late_charges.charge_page, name="late_charge"),
    path("late-charges/<uuid:charge_id>/waive/", late_charges.waive_page, name="late_charge_waive"),
]
