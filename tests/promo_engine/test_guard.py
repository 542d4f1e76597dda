"""Whatever a plugin proposes, prices stay lawful, and the fault is named."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from promo_engine import Goods, Off, PromotionType, Rounding, Rules, View
from promo_engine.guard import ProposalError, propose
from promo_engine.testing import USD

MILK = Goods(0, "MILK", "", (), (), {}, unit_price=100, quantity=3, price=300)
TEA = Goods(1, "TEA", "", (), (), {}, unit_price=50, quantity=1, price=50)


class Proposes(PromotionType[Rules]):
    name, title, version = "proposes", "Proposes", "1.0"
    rules_model = Rules

    def __init__(self, answer: Callable[[], Any]) -> None:
        self.answer = answer

    def propose(self, view: View[Rules]) -> Iterable[Off]:
        result: Iterable[Off] = self.answer()
        return result


def ask(answer: Callable[[], Any], **rules: Any) -> list[tuple[str, int]]:
    view = View(Rules(**rules), USD, (MILK, TEA), (), None)
    lawful = propose(Proposes(answer), view, Rounding.HALF_UP)
    return [(target.sku, share) for target, share in lawful.shares if isinstance(target, Goods)]


def stranger() -> Goods:
    return Goods(0, "MILK", "", (), (), {}, unit_price=100, quantity=3, price=300)


@pytest.mark.parametrize(
    ("answer", "said"),
    ids=range(11),
    argvalues=[
        (lambda: [Off((MILK,), -1)], "must not be negative"),
        (lambda: [Off((MILK,), 1, 0)], "must not be negative"),
        (lambda: [Off((MILK,), 1.5)], "ratio of two integers"),  # type: ignore[arg-type]
        (lambda: [Off((MILK,), True)], "ratio of two integers"),
        (lambda: [Off((stranger(),), 1)], "not of this cart, or is used twice"),
        (lambda: [Off((MILK,), 1), Off((MILK,), 1)], "not of this cart, or is used twice"),
        (lambda: [Off((MILK, MILK), 1)], "not of this cart, or is used twice"),
        (lambda: [("MILK", 1)], "proposed tuple, not Off"),
        (lambda: None, "TypeError"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: [Off((MILK,), 0)] + [Off((), 1)] * 10_000, "more than 10000"),
    ],
)
def test_a_proposal_that_is_no_discount_is_refused(answer: Callable[[], Any], said: str) -> None:
    with pytest.raises(ProposalError, match=said):
        ask(answer)


def test_too_much_is_clamped_to_the_price() -> None:
    assert ask(lambda: [Off((MILK,), 10**9)]) == [("MILK", 300)]


def test_the_exact_sum_is_rounded_once_and_spread() -> None:
    assert ask(lambda: [Off((MILK,), 3, 2), Off((TEA,), 3, 2)]) == [("MILK", 2), ("TEA", 1)]


def test_the_unit_that_rounding_up_adds_never_goes_below_a_price() -> None:
    whole = Goods(0, "A", "", (), (), {}, unit_price=3, quantity=1, price=3)
    parts = [Goods(i, f"B{i}", "", (), (), {}, unit_price=5, quantity=1, price=5) for i in (1, 2)]
    offs = [Off((whole,), 3), *[Off((part,), 1, 4) for part in parts]]
    lawful = propose(Proposes(lambda: offs), View(Rules(), USD, (whole, *parts), (), None), Rounding.HALF_UP)
    assert [(target.index, share) for target, share in lawful.shares] == [(0, 3), (1, 1)]


def test_a_cap_holds_over_all_amounts() -> None:
    shares = ask(lambda: [Off((MILK,), 100), Off((TEA,), 50)], max_discount_amount=30)
    assert shares == [("MILK", 20), ("TEA", 10)]


def test_a_generator_is_as_good_as_a_list() -> None:
    assert ask(lambda: (Off((one,), 1) for one in (MILK, TEA))) == [("MILK", 1), ("TEA", 1)]
