"""Experian Business Information Services (United States): token, search, scores and premier profiles.

The shapes are those of Experian's published description of the Businesses API (version 1) and of its public example
clients, as read in November 2026 (``SOURCE``). The account's ``subcode`` is needed; ``model_code`` is for contracts
with a model of their own. Amounts are US dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from openterms.core.base.errors import BadInput
from openterms.core.base.expression_domains import Domain
from openterms.core.base.expressions import Value
from openterms.core.base.reasons import gettext_noop
from openterms.formats.bureau import adapters
from openterms.formats.bureau.adapters import Call, Token
from openterms.formats.bureau.report import (
    BureauReport,
    Field,
    Place,
    Subject,
    at,
    brings_of,
    check_subject,
    codes,
    figures_of,
    money,
    months_since,
    names_agree,
    number,
    read_json,
    text_at,
    truth,
    unused_paths,
)

SOURCE = "https://developer.experian.com/ (Businesses API v1); public descriptions and clients, November 2026"
LEAST_RELIABILITY = 80
"""Of 100: below it a match is a person's to make."""

_ROOT = "/businessinformation/businesses/v1"
_NO_SCORE = (998, 999)
"""998: a recent bankruptcy instead of a score; 999: too little is known for one."""


def _false_only(raw: object, place: Place) -> Value:
    """No bankruptcy on file is no insolvency; one on file may be long over, and leaves the fact to a person."""
    return None if truth(raw, place) else False


def _score_fields(below: str) -> tuple[Field, ...]:
    score, percentile = f"{below}commercialScore", number(10, 0, 100, _NO_SCORE)
    return (
        Field(f"{score}.percentileRanking", "bureau_score", "percentile", percentile, lo=0, hi=1_000),
        Field(f"{score}.recommendedCreditLimitAmount", "bureau_limit_minor", "amount", money, "USD"),
    )


_CREDIT = "results.expandedCreditSummary"
_REGISTER = "results.corporateRegistration"
SCORES = _score_fields("results.")
PROFILE = (
    *_score_fields("results.scoreInformation."),
    Field(f"{_CREDIT}.currentDbt", "bureau_dbt_days", "days", number(1, 0, 10_000)),
    Field(f"{_CREDIT}.judgmentCount", "judgments", "count", number(1, 0, 10**6)),
    Field(f"{_CREDIT}.bankruptcyIndicator", "insolvent", "flag", _false_only),
    Field(f"{_REGISTER}.statusFlag.code", "register_status", "code", codes({"A": "active"})),
    Field(f"{_REGISTER}.incorporatedDate", "months_trading", "date", months_since),
)
DASHBOARD = (
    Field("results.recommendedCreditLimitAmount", "bureau_limit_minor", "amount", money, "USD"),
    Field("results.currentDbt", "bureau_dbt_days", "days", number(1, 0, 10_000)),
)
PRODUCTS: Mapping[str, tuple[str, tuple[Field, ...]]] = {
    "scores": ("/scores", SCORES),
    "riskdashboards": ("/riskdashboards", DASHBOARD),
    "premierprofiles": ("/reports/premierprofiles", PROFILE),
}
"""Product -> path and mapping."""


class Experian:
    """The adapter. Credentials are those of the person and of the application."""

    name = "experian"
    scheme = "bin"
    secrets = ("username", "password", "client_id", "client_secret")
    options = ("subcode", "model_code", "least_reliability")
    products: Mapping[str, str] = {product: path for product, (path, _fields) in PRODUCTS.items()}
    source = SOURCE

    def brings(self, product: str) -> Mapping[str, Domain]:
        """The facts that a product could tell, with the values they can have."""
        return brings_of(PRODUCTS[product][1])

    def token_call(self, secrets: Mapping[str, str]) -> Call:
        """``POST /oauth2/v1/token`` with both pairs of credentials, grant ``password``."""
        headers = {"Content-Type": "application/json", "Grant_type": "password"}
        return Call("token", "POST", "/oauth2/v1/token", headers, adapters.as_json(dict(secrets)))

    def read_token(self, raw: bytes, now: datetime) -> Token:
        """``access_token`` with ``expires_in`` seconds."""
        return adapters.token_of(raw, now)

    def match_call(self, subject: Subject, options: Mapping[str, str]) -> Call:
        """``POST /search`` by name and address."""
        body = {
            "subcode": _subcode(options),
            "name": subject.name,
            "street": subject.street,
            "city": subject.city,
            "state": subject.region,
            "zip": subject.postcode,
            "taxId": subject.identifiers.get("tax", ""),
            "geo": True,
        }
        return _post("match", "/search", body)

    def read_match(self, raw: bytes, subject: Subject, options: Mapping[str, str]) -> str:
        """The BIN of the one company of enough reliability whose name is like the customer's."""
        document = _succeeded(read_json(raw, "match"))
        found = []
        results = at(document, "results") or []
        if not isinstance(results, list):
            Place(document, "results", date.min).wrong(results, "a list")
        least = int(options.get("least_reliability", LEAST_RELIABILITY))
        for position in range(len(results)):
            reliability = at(document, f"results[{position}].reliabilityCode")
            if isinstance(reliability, bool) or not isinstance(reliability, int | type(None)):
                Place(document, f"results[{position}].reliabilityCode", date.min).wrong(reliability, "a whole number")
            name = text_at(document, f"results[{position}].businessName")
            if (reliability or 0) >= least and names_agree(subject.name, name):
                found.append((reliability or 0, text_at(document, f"results[{position}].bin")))
        best = [one for reliability, one in found if reliability == max(found)[0]]
        if len(best) != 1 or not best[0]:
            raise adapters.no_match(len(best), subject)
        return best[0]

    def report_call(self, product: str, identifier: str, options: Mapping[str, str]) -> Call:
        """``POST`` the product's path with BIN and subcode."""
        body: dict[str, Any] = {"bin": identifier, "subcode": _subcode(options)}
        body["modelCode"] = options.get("model_code", "")
        if product == "scores":
            body |= {"commercialScore": True, "fsrScore": True}
        return _post("report", PRODUCTS[product][0], body, is_charged=True)

    def read_report(
        self, raw: bytes, product: str, identifier: str, subject: Subject, received_on: date
    ) -> BureauReport:  # fmt: skip
        """The report. It says of itself no day; it is of the day on which it came."""
        document = _succeeded(read_json(raw, "report"))
        if not isinstance(at(document, "results"), dict):
            raise BadInput(adapters.NO_COMPANY, "results", adapters.LATER)
        fields = PRODUCTS[product][1]
        header = "results.businessHeader"
        identifiers = {"bin": text_at(document, f"{header}.bin"), "tax": text_at(document, f"{header}.taxId")}
        others = at(document, f"{header}.dbaNames")
        report = BureauReport(
            self.name,
            product,
            {scheme: value for scheme, value in identifiers.items() if value},
            text_at(document, f"{header}.businessName"),
            received_on,
            figures_of(document, fields, received_on),
            unused_paths(document, [field.path for field in fields]),
            (
                text_at(document, f"{header}.legalBusinessName"),
                *(name for name in (others if isinstance(others, list) else ()) if isinstance(name, str)),
            ),
        )
        return check_subject(report, subject, self.scheme, identifier)


def _post(step: adapters.Step, path: str, body: Mapping[str, Any], is_charged: bool = False) -> Call:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    return Call(step, "POST", _ROOT + path, headers, adapters.as_json(body), is_charged)


def _subcode(options: Mapping[str, str]) -> str:
    found = options.get("subcode", "")
    if not found:
        raise BadInput(
            gettext_noop("the account has no subcode"), "subcode", gettext_noop("add the option subcode to the account")
        )
    return found


def _succeeded(document: Any) -> Any:
    """The document of an answer that says of itself that it succeeded."""
    if at(document, "success") is False:
        said = at(document, "errors[0].message") or at(document, "comments") or ""
        raise BadInput(
            gettext_noop("the bureau says that it did not succeed: %(said)s"), "success", adapters.LATER,
            {"said": str(said)[:120]},
        )
    return document
