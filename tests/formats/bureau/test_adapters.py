"""Bureau answers: which figure becomes which fact, what is refused, and where a fault is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.credit.facts import CREDIT_FACTS
from openterms.formats.bureau import dnb, experian
from openterms.formats.bureau.file import read_reports
from openterms.formats.bureau.report import Subject, names_agree
from tests.formats.bureau import answers as a

DAY = date(2026, 6, 2)
NOW = datetime(2026, 6, 2, 9, tzinfo=UTC)
NORTHWIND = Subject("Northwind Traders Inc", {"duns": "80-473-5132"}, "US", city="Boston")
BIN = Subject("Northwind Traders Inc", {"bin": "700000001", "tax": "17-6970333"}, "US")
DNB, EXPERIAN = dnb.Dnb(), experian.Experian()


def read_dnb(raw, product="risk", subject=NORTHWIND, asked="804735132"):
    return DNB.read_report(raw, product, asked, subject, DAY)


def read_experian(raw, product="scores", subject=BIN):
    return EXPERIAN.read_report(raw, product, "700000001", subject, DAY)


def test_dnb_figures_become_facts_with_where_they_stood():
    report = read_dnb(a.sent(a.DNB))
    assert (report.bureau, report.product, report.as_of, report.name) == (
        "dnb", "risk", date(2026, 6, 1), "Northwind Traders Inc.",
    )  # fmt: skip
    assert report.facts() == {
        "bureau_score": 710, "bureau_limit_minor": 25_000_000, "payment_index": 78, "bureau_dbt_days": 3,
        "insolvent": False, "judgments": 0, "register_status": "active", "months_trading": 161,
    }  # fmt: skip
    score = next(one for one in report.figures if one.fact == "bureau_score")
    assert (score.field, score.original, score.unit) == (
        "organization.dnbAssessment.failureScore.nationalPercentile", "71", "percentile",
    )  # fmt: skip
    assert "organization.dnbAssessment.failureScore.classScoreDescription" in report.unused
    assert "organization.dnbAssessment.failureScore.nationalPercentile" not in report.unused


def test_a_product_brings_no_more_than_it_says():
    assert set(read_dnb(a.sent(a.DNB), "payment").facts()) <= set(DNB.brings("payment"))
    for adapter in (DNB, EXPERIAN):
        for product in adapter.products:
            assert set(adapter.brings(product)) <= set(CREDIT_FACTS)


@pytest.mark.parametrize(
    ("path", "value", "fact", "expected"),
    [
        ("organization.legalEvents.hasOpenJudgments", True, "judgments", None),  # how many is not said
        ("organization.legalEvents.hasInsolvency", True, "insolvent", True),
        ("organization.legalEvents.hasOpenBankruptcy", True, "insolvent", True),
        ("organization.legalEvents.hasOpenBankruptcy", None, "insolvent", False),
        ("organization.dnbAssessment.failureScore", {}, "bureau_score", None),
        ("organization.businessTrading", None, "payment_index", None),
        ("organization.businessTrading", [], "payment_index", None),
        ("organization.businessTrading.0.summary.0", {"paydexScoreHistory": [{"paydexScore": 66}]},
         "payment_index", 66),
        ("organization.dunsControlStatus.operatingStatus.dnbCode", 403, "register_status", "closed"),
        ("organization.dunsControlStatus.operatingStatus.dnbCode", 1, "register_status", None),
        ("organization.startDate", "2026-04-15", "months_trading", 1),
        ("organization.dnbAssessment.creditLimitRecommendation.maximumRecommendedLimit.currency", "JPY",
         "bureau_limit_minor", 250_000),
    ],
)  # fmt: skip
def test_dnb_variants(path, value, fact, expected):
    assert read_dnb(a.changed(a.DNB, path, value)).facts().get(fact) == expected


def test_amounts_of_yearly_statements_come_in_their_units():
    year = {
        "financialStatementToDate": "2025-12-31", "currency": "USD", "units": "Thousands",
        "overview": {"totalAssets": 1500, "tangibleNetWorth": -20.5, "currentRatio": 1.35},
    }  # fmt: skip
    facts = read_dnb(a.changed(a.DNB, "organization.latestFiscalFinancials", year), "full").facts()
    assert (facts["total_assets_minor"], facts["tangible_net_worth_minor"]) == (150_000_000, -2_050_000)
    assert (facts["current_ratio_c"], facts["statements_age_months"]) == (135, 5)
    strange = year | {"units": "Dozens"}
    facts = read_dnb(a.changed(a.DNB, "organization.latestFiscalFinancials", strange), "full").facts()
    assert "total_assets_minor" not in facts and facts["current_ratio_c"] == 135


def test_experian_scores_and_profiles():
    report = read_experian(a.sent(a.SCORES))
    assert report.facts() == {"bureau_score": 630, "bureau_limit_minor": 2_450_000}
    assert report.as_of == DAY and report.identifiers == {"bin": "700000001", "tax": "176970333"}
    profile = read_experian(a.sent(a.PROFILE), "premierprofiles").facts()
    assert profile == {
        "bureau_limit_minor": 0, "bureau_dbt_days": 12, "judgments": 1, "register_status": "active",
        "months_trading": 135,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("organization.dnbAssessment.failureScore.nationalPercentile", "high", "nationalPercentile"),
        ("organization.dnbAssessment.failureScore.nationalPercentile", 140, "nationalPercentile"),
        ("organization.dnbAssessment.failureScore.nationalPercentile", True, "nationalPercentile"),
        ("organization.dnbAssessment", "none", "organization.dnbAssessment"),
        ("organization.dnbAssessment", ["x"], "organization.dnbAssessment"),
        ("organization.legalEvents.hasOpenBankruptcy", "no", "hasOpenBankruptcy"),
        ("organization.businessTrading", {"summary": 1}, "organization.businessTrading"),
        ("organization.dnbAssessment.creditLimitRecommendation.maximumRecommendedLimit.currency", None, "value"),
        ("organization.startDate", "soon", "startDate"),
        ("transactionDetail.transactionTimestamp", "yesterday", "transactionTimestamp"),
        ("organization", None, "organization"),
        ("organization.duns", 804735132, "organization.duns"),
    ],
)
def test_a_wrong_type_names_its_path(path, value, where):
    with pytest.raises(BadInput) as caught:
        read_dnb(a.changed(a.DNB, path, value))
    assert where in caught.value.where
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"", "empty"), (b"  \n", "empty"), (b"<html>", "not JSON"), (b'{"organization": NaN}', "not JSON"),
        (b"\xff\xfe{}", "not JSON"), (b"[" * 100_000, "not JSON"), (b"[]", "cannot stand"), (b"{}", "no company"),
        (b" " * (4 * 2**20 + 1), "longer"),
    ],
    ids=["empty", "blank", "html", "nan", "bytes", "deep", "list", "object", "long"],
)  # fmt: skip
def test_what_is_no_answer_is_refused(raw, what):
    with pytest.raises(BadInput, match=what):
        read_dnb(raw)
    with pytest.raises(BadInput, match=what):
        read_experian(raw)


def test_an_answer_about_another_company_is_refused():
    with pytest.raises(BadInput, match=r"duns: .*another company"):
        read_dnb(a.changed(a.DNB, "organization.duns", "999999999"))
    renamed = json.loads(a.changed(a.DNB, "organization.primaryName", "Zephyr Mining"))
    renamed["organization"]["tradeStyleNames"] = []
    with pytest.raises(BadInput, match=r"name: .*Zephyr Mining"):
        read_dnb(a.sent(renamed))
    other_tax = replace(BIN, identifiers={"bin": "700000001", "tax": "999999999"})
    with pytest.raises(BadInput, match=r"tax: .*another company"):
        read_experian(a.sent(a.SCORES), subject=other_tax)
    assert read_dnb(a.sent(a.DNB), subject=replace(NORTHWIND, name="Northwind"))


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Northwind Traders Inc", "NORTHWIND TRADERS, INC.", True), ("Müller GmbH", "Mueller & Söhne", False),
        ("Acme", "Acme Steel Industries", True), ("Acme Foods", "Acme Steel", False), ("", "Acme", False),
        ("GmbH", "GmbH", True), ("شركة النور", "شركة النور التجارية", True),
    ],
)  # fmt: skip
def test_names(one, other, agree):
    assert names_agree(one, other) is agree is names_agree(other, one)


def test_matching_takes_one_sure_candidate_or_none():
    assert DNB.read_match(a.sent(a.DNB_MATCH), NORTHWIND, {}) == "804735132"
    low = a.changed(a.DNB_MATCH, "matchCandidates.0.matchQualityInformation.confidenceCode", 7)
    with pytest.raises(BadInput, match="0 companies"):
        DNB.read_match(low, NORTHWIND, {})
    assert DNB.read_match(low, NORTHWIND, {"least_confidence": "7"}) == "804735132"
    twice = {"matchCandidates": [a.DNB_MATCH["matchCandidates"][0]] * 2}
    with pytest.raises(BadInput, match="2 companies"):
        DNB.read_match(a.sent(twice), NORTHWIND, {})
    with pytest.raises(BadInput, match="0 companies"):
        DNB.read_match(b'{"matchCandidates": []}', NORTHWIND, {})
    with pytest.raises(BadInput, match="confidenceCode"):
        DNB.read_match(a.changed(a.DNB_MATCH, "matchCandidates.0.matchQualityInformation", {}), NORTHWIND, {})
    assert EXPERIAN.read_match(a.sent(a.SEARCH), BIN, {}) == "700000001"
    with pytest.raises(BadInput, match="did not succeed"):
        EXPERIAN.read_match(b'{"success": false, "errors": [{"message": "subcode"}]}', BIN, {})


def test_requests_are_as_documented():
    token = DNB.token_call({"key": "k", "secret": "s"})
    assert (token.method, token.path, token.headers["Authorization"]) == ("POST", "/v3/token", "Basic azpz")
    assert json.loads(token.body) == {"grant_type": "client_credentials"}
    match = urlsplit(DNB.match_call(NORTHWIND, {}).path)
    assert match.path == "/v1/match/cleanseMatch"
    assert parse_qs(match.query)["name"] == ["Northwind Traders Inc"]
    report = DNB.report_call("risk", "804735132", {"order_reason": "6332"})
    assert urlsplit(report.path).path == "/v1/data/duns/804735132" and report.is_charged
    assert parse_qs(urlsplit(report.path).query)["orderReason"] == ["6332"]
    scores = EXPERIAN.report_call("scores", "700000001", {"subcode": "0517614"})
    assert scores.path == "/businessinformation/businesses/v1/scores"
    assert json.loads(scores.body) == {
        "bin": "700000001", "subcode": "0517614", "commercialScore": True, "fsrScore": True,
    }  # fmt: skip
    assert EXPERIAN.token_call(dict.fromkeys(EXPERIAN.secrets, "x")).headers["Grant_type"] == "password"
    with pytest.raises(BadInput, match="subcode"):
        EXPERIAN.report_call("scores", "700000001", {})


@pytest.mark.parametrize(
    ("raw", "until"),
    [
        (b'{"access_token": "t", "expiresIn": 86400}', datetime(2026, 6, 3, 9, tzinfo=UTC)),
        (b'{"access_token": "t", "expires_in": "1800"}', datetime(2026, 6, 2, 9, 30, tzinfo=UTC)),
        (b'{"access_token": "t", "expirationDateTime": "2026-06-02T10:00:00Z"}', datetime(2026, 6, 2, 10, tzinfo=UTC)),
        (b'{"access_token": "t"}', None),
    ],
)
def test_tokens(raw, until):
    assert DNB.read_token(raw, NOW).until == until
    with pytest.raises(BadInput, match="no token"):
        DNB.read_token(b'{"error": "invalid_client"}', NOW)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                        ("organization", "duns", "dnbAssessment", "failureScore", "results", "businessHeader", "bin")),
                        inner, max_size=3), max_leaves=12))  # fmt: skip
def test_any_json_is_read_or_refused_and_never_breaks(document):
    raw = json.dumps(document).encode()
    for read in (read_dnb, read_experian):
        with pytest.raises(BadInput):
            read(raw)


GOOD_FILE = (
    "customer,bureau,product,as_of,name,currency,bureau_score,bureau_limit_minor,insolvent,register_status,remark\n"
    "C1,Creditreform,score,2026-05-30,Customer C1,EUR,640,12400.00,false,active,fine\n"
    "C2,Creditreform,score,2026-05-30,,,,,,,\n"
)


def test_a_file_of_reports(tmp_path):
    path = tmp_path / "reports.csv"
    path.write_text(GOOD_FILE)
    rows, errors = read_reports(path)
    assert errors == [] and [row.customer for row in rows] == ["C1", "C2"]
    assert rows[0].report.facts() == {
        "bureau_score": 640, "bureau_limit_minor": 1_240_000, "insolvent": False, "register_status": "active",
    }  # fmt: skip
    assert rows[0].report.unused == ("remark",) and rows[1].report.facts() == {}
    assert json.loads(rows[0].raw)["bureau_score"] == "640"


def test_every_fault_of_a_file_is_told_by_row(tmp_path):
    path = tmp_path / "reports.csv"
    path.write_text(
        "scheme,identifier,bureau,as_of,currency,bureau_score,bureau_limit_minor,insolvent,register_status\n"
        "duns,1,X,2026-13-01,EUR,2000,12.345,maybe,gone\n"
        ",,,2026-05-30,,1,5.00,true,active\n"
        "duns,1,X,2026-05-30,EUR\n"
    )
    rows, errors = read_reports(path)
    assert rows == []
    assert [(one.row, one.field) for one in errors if one.row == 2] == [
        (2, "as_of"), (2, "bureau_score"), (2, "bureau_limit_minor"), (2, "insolvent"), (2, "register_status"),
    ]  # fmt: skip
    assert {one.field for one in errors if one.row == 3} == {"bureau", "scheme", "identifier", "bureau_limit_minor"}
    assert [one.field for one in errors if one.row == 4] == [""]
    path.write_text("bureau,as_of,bureau_score\nX,2026-05-30,4\n")
    with pytest.raises(BadInput, match="customer is missing"):
        read_reports(path)
