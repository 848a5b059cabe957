"""Words for the codes of credit: facts, queues, bounds of a limit, sources, roles, steps of a case."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from openterms.apps.credit.decision.models import StepKind
from openterms.apps.tenancy.models import Role

FACTS: dict[str, Promise | str] = {
    "requested_limit_minor": _("Limit asked for"),
    "requested_terms_days": _("Time to pay asked for"),
    "expected_purchases_minor": _("Expected purchases a year"),
    "first_order_minor": _("Order that waits"),
    "deposit_minor": _("Deposit"),
    "guarantee_minor": _("Guarantee"),
    "promissory_note": _("Promissory notes"),
    "direct_debit": _("Direct debit mandate"),
    "card_on_file": _("Stored card"),
    "form_seconds": _("Seconds to fill the form"),
    "country": _("Country"),
    "legal_form": _("Legal form"),
    "sector": _("Sector"),
    "months_trading": _("Trading for"),
    "months_customer": _("Customer for"),
    "register_status": _("In the register"),
    "sanctions_hit": _("Match with a sanctions list"),
    "insolvent": _("Insolvent"),
    "judgments": _("Court judgments"),
    "judgments_minor": _("Amount of judgments"),
    "director_changes": _("Directors or owners changed"),
    "accounts_late": _("Yearly accounts late"),
    "fraud_flag": _("Fraud signal"),
    "mail_domain_days": _("Age of the mail domain"),
    "free_mail": _("Free mail service"),
    "bank_name_differs": _("Bank account under another name"),
    "shared_with_defaulted": _("Shared with a defaulted customer"),
    "applications_24h": _("Applications in 24 hours"),
    "bureau_score": _("Bureau's score"),
    "bureau_limit_minor": _("Bureau's limit"),
    "bureau_dbt_days": _("Days beyond terms, by the bureau"),
    "payment_index": _("Payment index"),
    "bureau_age_days": _("Age of the bureau's report"),
    "insurer_limit_minor": _("Insurer's limit"),
    "statements_age_months": _("Age of the statements"),
    "statements_kind": _("Kind of statements"),
    "total_assets_minor": _("Total assets"),
    "revenue_minor": _("Sales of the last year"),
    "tangible_net_worth_minor": _("Tangible net worth"),
    "working_capital_minor": _("Working capital"),
    "net_income_minor": _("Profit of the last year"),
    "current_ratio_c": _("Current ratio"),
    "quick_ratio_c": _("Quick ratio"),
    "debt_to_equity_c": _("Debt to equity"),
    "interest_cover_c": _("Interest cover"),
    "altman_z_c": _("Altman Z"),
    "ohlson_bp": _("Ohlson's probability of failure"),
    "negative_equity": _("Liabilities exceed assets"),
    "references_given": _("Trade references that answered"),
    "references_prompt": _("References paid promptly"),
    "best_reference_minor": _("Best reference"),
    "bank_reference": _("Bank reference"),
    "segment": _("How they pay"),
    "paid_invoices": _("Invoices paid"),
    "dbt_mean_cd": _("Days beyond terms"),
    "dbt_trend_cd": _("Trend of days beyond terms"),
    "days_overdue": _("Oldest overdue"),
    "overdue_minor": _("Overdue"),
    "broken_promises": _("Broken promises"),
    "returned_payments": _("Returned payments"),
    "disputed_share_bp": _("Share disputed"),
    "written_off_before": _("Written off before"),
    "exposure_minor": _("Exposure"),
    "group_exposure_minor": _("Exposure of the group's others"),
    "highest_exposure_minor": _("Highest exposure paid"),
    "current_limit_minor": _("Limit in force"),
    "utilisation_bp": _("Limit used"),
    "days_highly_used": _("Limit nearly used up for"),
    "yearly_sales_minor": _("Our sales of the last year"),
    "order_spike_c": _("Newest order against the usual"),
    "share_late_bp": _("Share paid late"),
    "worst_days_late": _("Worst payment"),
}
QUEUES: dict[str, Promise | str] = {
    "analyst": _("Credit analysts"),
    "credit_manager": _("Credit managers"),
    "compliance": _("Compliance"),
    "screening": _("Screening"),
    "fraud": _("Fraud"),
}
BINDS: dict[str, Promise | str] = {"cap": _("Cap of the risk class"), "starter": _("Limit to begin with")}
SOURCES: dict[str, Promise | str] = {
    "record": _("our record"),
    "standing": _("the day's run"),
    "statements": _("statements"),
    "bureau": _("bureau"),
    "application": _("application"),
    "file": _("file"),
}
CODES: dict[str, Promise | str] = {
    "sole_trader": _("sole trader"), "partnership": _("partnership"), "limited": _("limited company"),
    "public": _("public company"), "state": _("state body"), "other": _("other"), "active": _("active"),
    "dormant": _("dormant"), "closing": _("closing"), "closed": _("closed"), "not_found": _("not found"),
    "audited": _("audited"), "reviewed": _("reviewed"), "own": _("their own"), "good": _("good"), "fair": _("fair"),
    "poor": _("poor"),
}  # fmt: skip
STEPS = dict(StepKind.choices)
ROLES = {code: label for code, label in Role.choices}
