from __future__ import annotations

import pytest

from openterms.core.receivables.discount_cost import DiscountCost, discount_cost
from tests.shared import vector


def rounded(cost: DiscountCost | None) -> tuple[float, float]:
    assert cost is not None
    return float(round(cost.simple_pct, 2)), float(round(cost.effective_pct, 2))


def test_two_ten_net_thirty_tv_81() -> None:
    expected = vector(81)["expected"]
    assert rounded(discount_cost(200, 10, 30)) == tuple(expected["basis_365"].values())
    assert rounded(discount_cost(200, 10, 30, year_days=360))[0] == expected["basis_360_simple_pct"]


def test_one_ten_net_sixty_tv_82() -> None:
    assert rounded(discount_cost(100, 10, 60)) == tuple(vector(82)["expected"].values())


def test_where_no_days_lie_between_there_is_no_rate() -> None:
    assert discount_cost(200, 10, 10) is None
    with pytest.raises(ValueError, match="basis points"):
        discount_cost(10_000, 10, 30)
