"""Answers of bureaus in their documented shapes, for tests; every value is made up."""

from __future__ import annotations

import copy
import json
from typing import Any

DNB = {
    "transactionDetail": {"transactionID": "rrt-1", "transactionTimestamp": "2026-06-01T08:00:00.000Z"},
    "inquiryDetail": {"duns": "804735132"},
    "organization": {
        "duns": "804735132",
        "primaryName": "Northwind Traders Inc.",
        "countryISOAlpha2Code": "US",
        "tradeStyleNames": [{"name": "Northwind", "priority": 1}],
        "startDate": "2012",
        "dunsControlStatus": {"operatingStatus": {"description": "Active", "dnbCode": 9074}},
        "dnbAssessment": {
            "failureScore": {"nationalPercentile": 71, "classScore": 2, "classScoreDescription": "Low"},
            "delinquencyScore": {},
            "creditLimitRecommendation": {"maximumRecommendedLimit": {"value": 250000, "currency": "USD"}},
        },
        "businessTrading": [{"summaryDate": "2026-05-31", "summary": [{"paydexScore": 78, "paymentBehaviorDays": 3}]}],
        "legalEvents": {"hasOpenJudgments": False, "hasOpenBankruptcy": False, "hasInsolvency": False},
    },
}
DNB_MATCH = {
    "matchCandidates": [
        {
            "matchQualityInformation": {"confidenceCode": 10},
            "organization": {"duns": "804735132", "primaryName": "Northwind Traders Inc."},
        },
        {
            "matchQualityInformation": {"confidenceCode": 6},
            "organization": {"duns": "123456789", "primaryName": "Northwind Bakery"},
        },
    ]
}
HEADER = {
    "bin": "700000001",
    "businessName": "NORTHWIND TRADERS, INC",
    "legalBusinessName": "NORTHWIND TRADERS, INC.",
    "taxId": "176970333",
    "dbaNames": None,
}
SCORES = {
    "requestId": "r-1",
    "success": True,
    "results": {
        "businessHeader": HEADER,
        "commercialScore": {
            "score": 64, "percentileRanking": 63, "recommendedCreditLimitAmount": 24500,
            "riskClass": {"code": 2, "definition": "LOW TO MEDIUM RISK"},
        },
        "fsrScore": {"score": 58, "percentileRanking": 57},
    },
}  # fmt: skip
PROFILE = {
    "requestId": "r-2",
    "success": True,
    "results": {
        "businessHeader": HEADER,
        "scoreInformation": {"commercialScore": {"score": 998, "percentileRanking": 998,
                                                 "recommendedCreditLimitAmount": 0}},
        "expandedCreditSummary": {"currentDbt": 12, "judgmentCount": 1, "bankruptcyIndicator": True},
        "corporateRegistration": {"statusFlag": {"code": "A"}, "incorporatedDate": "2015-03-01"},
    },
}  # fmt: skip
SEARCH = {
    "success": True,
    "results": [
        {"bin": "700000001", "businessName": "NORTHWIND TRADERS, INC", "reliabilityCode": 96},
        {"bin": "700000009", "businessName": "SOUTHWIND", "reliabilityCode": 97},
    ],
}


def changed(answer: dict[str, Any], path: str, value: Any) -> bytes:
    """An answer with one value replaced (``a.b.0.c``), as it is sent."""
    made = copy.deepcopy(answer)
    *above, last = path.split(".")
    here: Any = made
    for name in above:
        here = here[int(name)] if name.isdecimal() else here[name]
    here[int(last) if last.isdecimal() else last] = value
    return json.dumps(made).encode()


def sent(answer: dict[str, Any]) -> bytes:
    """An answer as it is sent."""
    return json.dumps(answer).encode()
