"""D&B Direct+: token, match, Data Blocks; and which of their figures are credit facts.

The documentation portal needs a contract; the shapes here are those of public descriptions and of answers printed by
integrators, as read in November 2026 (``SOURCE``). What a contract may name otherwise is an option of the account:
``blocks`` (the Data Blocks to ask for), ``order_reason`` and ``customer_reference`` (needed in Germany).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from openterms.core.base.errors import BadInput
from openterms.core.base.expression_domains import Domain
from openterms.core.base.expressions import Value
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
    day_at,
    figures_of,
    money,
    months_since,
    names_agree,
    none_if_false,
    number,
    ratio,
    read_json,
    text_at,
    truth,
    unused_paths,
)

SOURCE = "https://directplus.documentation.dnb.com/ (portal); public OpenAPI and printed answers, November 2026"
LEAST_CONFIDENCE = 8
"""Of 10: below it a match is a person's to make."""

_ASSESSED = "organization.dnbAssessment"
_PAID = "organization.businessTrading[0].summary[0]"
_YEAR = "organization.latestFiscalFinancials"
_SCALES: Mapping[object, int] = {
    "SingleUnits": 1, "Units": 1, "Thousand": 1_000, "Thousands": 1_000, "Million": 10**6, "Millions": 10**6,
}  # fmt: skip


def _year_money(raw: object, place: Place) -> Value:
    """An amount of the yearly statement, in the units that it names; unknown units leave it unused."""
    units = at(place.document, f"{_YEAR}.units")
    scale = 1 if units is None else _SCALES.get(units)
    found = money(raw, place)
    return found * scale if scale is not None and isinstance(found, int) else None


def _insolvent(raw: object, place: Place) -> Value:
    """True if either of the two flags is; false only if this one is, and the other is false or absent."""
    other = at(place.document, "organization.legalEvents.hasInsolvency")
    return truth(raw, place) is True or other is True


_PERCENTILE = number(10, 0, 100)
FIELDS = (
    Field(f"{_ASSESSED}.failureScore.nationalPercentile", "bureau_score", "percentile", _PERCENTILE, lo=0, hi=1_000),
    Field(f"{_ASSESSED}.creditLimitRecommendation.maximumRecommendedLimit.value", "bureau_limit_minor", "amount", money,
          f"{_ASSESSED}.creditLimitRecommendation.maximumRecommendedLimit.currency"),
    Field(f"{_PAID}.paydexScore", "payment_index", "index", number(1, 0, 100)),
    Field(f"{_PAID}.paydexScoreHistory[0].paydexScore", "payment_index", "index", number(1, 0, 100)),
    Field(f"{_PAID}.paymentBehaviorDays", "bureau_dbt_days", "days", number()),
    Field("organization.legalEvents.hasOpenBankruptcy", "insolvent", "flag", _insolvent),
    Field("organization.legalEvents.hasInsolvency", "insolvent", "flag", truth),
    Field("organization.legalEvents.hasOpenJudgments", "judgments", "flag", none_if_false),
    Field("organization.dunsControlStatus.operatingStatus.dnbCode", "register_status", "code",
          codes({9074: "active", 403: "closed"})),
    Field("organization.incorporatedDate", "months_trading", "date", months_since),
    Field("organization.startDate", "months_trading", "date", months_since),
    Field(f"{_YEAR}.financialStatementToDate", "statements_age_months", "date", months_since),
    Field(f"{_YEAR}.overview.totalAssets", "total_assets_minor", "amount", _year_money, f"{_YEAR}.currency"),
    Field(f"{_YEAR}.overview.salesRevenue", "revenue_minor", "amount", _year_money, f"{_YEAR}.currency"),
    Field(f"{_YEAR}.overview.tangibleNetWorth", "tangible_net_worth_minor", "amount", _year_money, f"{_YEAR}.currency"),
    Field(f"{_YEAR}.overview.workingCapital", "working_capital_minor", "amount", _year_money, f"{_YEAR}.currency"),
    Field(f"{_YEAR}.overview.currentRatio", "current_ratio_c", "ratio", ratio),
)  # fmt: skip
"""Which figure is which fact. ``hasOpenJudgments`` says no number: true leaves the count unknown."""

_COMPANY = "companyinfo_L2_v1"
PRODUCTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "standing": (
        f"{_COMPANY},eventfilings_L1_v1",
        ("insolvent", "judgments", "register_status", "months_trading"),
    ),
    "payment": (
        f"{_COMPANY},paymentinsight_L1_v1",
        ("payment_index", "bureau_dbt_days", "register_status", "months_trading"),
    ),
    "risk": (
        f"{_COMPANY},financialstrengthinsight_L2_v1,paymentinsight_L1_v1,eventfilings_L1_v1",
        (
            "bureau_score", "bureau_limit_minor", "payment_index", "bureau_dbt_days", "insolvent", "judgments",
            "register_status", "months_trading",
        ),
    ),
    "full": (
        f"{_COMPANY},financialstrengthinsight_L2_v1,paymentinsight_L1_v1,eventfilings_L1_v1,companyfinancials_L1_v1",
        tuple(dict.fromkeys(field.fact for field in FIELDS)),
    ),
}  # fmt: skip
"""Product -> Data Blocks, and the facts that they bring."""


class Dnb:
    """The adapter. Credentials are the consumer key and secret."""

    name = "dnb"
    scheme = "duns"
    secrets = ("key", "secret")
    options = ("blocks", "order_reason", "customer_reference", "least_confidence")
    products: Mapping[str, str] = {product: blocks for product, (blocks, _facts) in PRODUCTS.items()}
    source = SOURCE

    def brings(self, product: str) -> Mapping[str, Domain]:
        """The facts that a product could tell, with the values they can have."""
        facts = PRODUCTS[product][1]
        return {fact: domain for fact, domain in brings_of(FIELDS).items() if fact in facts}

    def token_call(self, secrets: Mapping[str, str]) -> Call:
        """``POST /v3/token`` with key and secret (RFC 7617), grant ``client_credentials``."""
        headers = {
            "Authorization": adapters.basic(secrets["key"], secrets["secret"]),
            "Content-Type": "application/json",
        }
        return Call("token", "POST", "/v3/token", headers, adapters.as_json({"grant_type": "client_credentials"}))

    def read_token(self, raw: bytes, now: datetime) -> Token:
        """``access_token``, with ``expiresIn`` or ``expirationDateTime``."""
        return adapters.token_of(raw, now)

    def match_call(self, subject: Subject, options: Mapping[str, str]) -> Call:
        """``GET /v1/match/cleanseMatch`` by name, country and address."""
        path = adapters.query(
            "/v1/match/cleanseMatch",
            name=subject.name,
            countryISOAlpha2Code=subject.country,
            streetAddressLine1=subject.street,
            addressLocality=subject.city,
            postalCode=subject.postcode,
            candidateMaximumQuantity="5",
        )
        return Call("match", "GET", path)

    def read_match(self, raw: bytes, subject: Subject, options: Mapping[str, str]) -> str:
        """The D-U-N-S number of the one candidate of enough confidence whose name is like the customer's."""
        document = read_json(raw, "match")
        candidates = at(document, "matchCandidates") or []
        if not isinstance(candidates, list):
            Place(document, "matchCandidates", date.min).wrong(candidates, "a list")
        least = int(options.get("least_confidence", LEAST_CONFIDENCE))
        found = []
        for position in range(len(candidates)):
            here = f"matchCandidates[{position}]"
            confidence = at(document, f"{here}.matchQualityInformation.confidenceCode")
            if type(confidence) is not int:
                Place(document, f"{here}.matchQualityInformation.confidenceCode", date.min).wrong(
                    confidence, "a whole number from 1 to 10"
                )
            named = names_agree(subject.name, text_at(document, f"{here}.organization.primaryName"))
            if confidence >= least and named:
                found.append((confidence, text_at(document, f"{here}.organization.duns")))
        best = [duns for confidence, duns in found if confidence == max(found)[0]]
        if len(best) != 1 or not best[0]:
            raise adapters.no_match(len(best), subject)
        return best[0]

    def report_call(self, product: str, identifier: str, options: Mapping[str, str]) -> Call:
        """``GET /v1/data/duns/{duns}?blockIDs=…``."""
        path = adapters.query(
            f"/v1/data/duns/{identifier}",
            blockIDs=options.get("blocks") or PRODUCTS[product][0],
            orderReason=options.get("order_reason", ""),
            customerReference=options.get("customer_reference", ""),
        )
        return Call("report", "GET", path, is_charged=True)

    def read_report(
        self, raw: bytes, product: str, identifier: str, subject: Subject, received_on: date
    ) -> BureauReport:  # fmt: skip
        """The report. Its day is that of ``transactionDetail.transactionTimestamp``, or the day it came."""
        document = read_json(raw, "report")
        if not isinstance(at(document, "organization"), dict):
            raise BadInput(adapters.NO_COMPANY, "organization", adapters.LATER)
        as_of = min(day_at(document, "transactionDetail.transactionTimestamp") or received_on, received_on)
        fields = [field for field in FIELDS if field.fact in PRODUCTS[product][1]]
        report = BureauReport(
            self.name,
            product,
            {"duns": text_at(document, "organization.duns")},
            text_at(document, "organization.primaryName"),
            as_of,
            figures_of(document, fields, as_of),
            unused_paths(document, [field.path for field in fields]),
            _other_names(document),
        )
        return check_subject(report, subject, self.scheme, identifier)


def _other_names(document: Any) -> tuple[str, ...]:
    names = at(document, "organization.tradeStyleNames") or []
    found = (at(one, "name") for one in names if isinstance(one, dict)) if isinstance(names, list) else ()
    return tuple(name for name in found if isinstance(name, str))
