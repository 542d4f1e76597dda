"""Whatever a plugin proposes, prices stay lawful, and the fault is named."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from promo_engine import Goods, Need, Off, Parcel, Phase, Points, PromotionType, Reason, Rounding, Rules, View, Wanted
from promo_engine.guard import Lawful, ProposalError, explain, propose
from promo_engine.testing import USD, some_goods
from tests.promo_engine.faults import MuteError

MILK = some_goods("MILK", 100, 3)
TEA = some_goods("TEA", 50, place=1)


class Proposes(PromotionType[Rules]):
    name, title, version = "proposes", "Proposes", "1.0"
    rules_model = Rules

    def __init__(self, answer: Callable[[], Any]) -> None:
        self.answer = answer

    def propose(self, view: View[Rules]) -> Iterable[Off]:
        result: Iterable[Off] = self.answer()
        return result


def lawful(answer: Callable[[], Any], phase: Phase = Phase.ITEM, **rules: Any) -> Lawful:
    view = View(Rules(**rules), USD, (MILK, TEA), (), None)
    return propose(Proposes(answer), view, phase, view.rules.max_discount_amount, Rounding.HALF_UP)


def ask(answer: Callable[[], Any], **rules: Any) -> dict[str, int]:
    shares = zip(("MILK", "TEA"), lawful(answer, **rules).goods, strict=False)
    return {sku: share for sku, share in shares if share}


def stranger(**fields: Any) -> Goods:
    return MILK._replace(**fields)


@pytest.mark.parametrize(
    ("answer", "said"),
    ids=range(19),
    argvalues=[
        (lambda: [Off((MILK,), -1)], "must not be negative"),
        (lambda: [Off((MILK,), 1, 0)], "must not be negative"),
        (lambda: [Off((MILK,), 1.5)], "ratio of two integers"),  # type: ignore[arg-type]
        (lambda: [Off((MILK,), True)], "ratio of two integers"),
        (lambda: [Off((stranger(place=7),), 1)], "not of this cart, or is used twice"),
        (lambda: [Off((stranger(quantity=4, price=400),), 1)], "not of this cart, or is used twice"),
        (lambda: [Off((stranger(quantity=0, price=0),), 1)], "not of this cart, or is used twice"),
        (lambda: [Off((stranger(quantity=-1),), 1)], "not of this cart, or is used twice"),
        (lambda: [Off(("MILK",), 1)], "not of this cart, or is used twice"),  # type: ignore[arg-type]
        (lambda: [Off((MILK,), 1), Off((MILK,), 1)], "not of this cart, or is used twice"),
        (lambda: [Off((MILK, MILK), 1)], "not of this cart, or is used twice"),
        (lambda: [Off((MILK.part(2),), 1), Off((MILK.part(2),), 1)], "not of this cart, or is used twice"),
        (lambda: [Off((Parcel(0, "post", 5),), 1)], "not of this cart, or is used twice"),
        (lambda: [Points(5)], "proposed Points, not Off"),
        (lambda: [("MILK", 1)], "proposed tuple, not Off"),
        (lambda: 5, "TypeError"),
        (lambda: None, "TypeError"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: [Off((MILK,), 0)] + [Off((), 1)] * 10_000, "more than 10000"),
    ],
)
def test_a_proposal_that_is_no_discount_is_refused(answer: Callable[[], Any], said: str) -> None:
    with pytest.raises(ProposalError, match=said):
        ask(answer)


def test_too_much_is_clamped_to_the_price() -> None:
    assert ask(lambda: [Off((MILK,), 10**9)]) == {"MILK": 300}


def test_the_exact_sum_is_rounded_once_and_spread() -> None:
    assert ask(lambda: [Off((MILK,), 3, 2), Off((TEA,), 3, 2)]) == {"MILK": 2, "TEA": 1}


def test_the_unit_that_rounding_up_adds_never_goes_below_a_price() -> None:
    whole = some_goods("A", 3)
    parts = [some_goods(f"B{i}", 5, place=i) for i in (1, 2)]
    offs = [Off((whole,), 3), *[Off((part,), 1, 4) for part in parts]]
    view = View(Rules(), USD, (whole, *parts), (), None)
    assert propose(Proposes(lambda: offs), view, Phase.ITEM, None, Rounding.HALF_UP).goods == [3, 1, 0]


def test_a_cap_holds_over_all_amounts() -> None:
    shares = ask(lambda: [Off((MILK,), 100), Off((TEA,), 50)], max_discount_amount=30)
    assert shares == {"MILK": 20, "TEA": 10}


def test_a_generator_is_as_good_as_a_list() -> None:
    assert ask(lambda: (Off((one,), 1) for one in (MILK, TEA))) == {"MILK": 1, "TEA": 1}


def test_parts_of_one_kind_add_up() -> None:
    assert ask(lambda: [Off((MILK.part(1),), 100), Off((MILK.part(2),), 50)]) == {"MILK": 150}


def test_parts_that_round_up_never_take_more_than_the_whole() -> None:
    odd = some_goods("A", 2, 3, price=5)
    view = View(Rules(), USD, (odd,), (), None)
    offs = [Off((odd.part(1),), 9), Off((odd.part(2),), 9)]
    assert propose(Proposes(lambda: offs), view, Phase.ITEM, None, Rounding.HALF_UP).goods == [5]


def test_units_that_are_addressed_are_counted() -> None:
    offs = [Off((MILK.part(2),), 0), Off((TEA,), 5)]
    assert lawful(lambda: offs, Phase.BUNDLE).used == [2, 1]


def test_points_are_summed_exactly_and_rounded_once() -> None:
    assert lawful(lambda: [Points(1, 3), Points(1, 6)], Phase.REWARD).points == 1


@pytest.mark.parametrize("proposed", [Points(10**16), Points(-1), Points(1, 0), Off((MILK,), 1)], ids=range(4))
def test_points_that_are_none_are_refused(proposed: object) -> None:
    with pytest.raises(ProposalError):
        lawful(lambda: [proposed], Phase.REWARD)


class Explains(Proposes):
    def explain(self, view: View[Rules]) -> Reason | None:
        result: Reason | None = self.answer()
        return result


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: "no", "not Reason"),
        (lambda: Reason("too_few"), "'too_few', which is no reason"),
        (lambda: Reason("quantity", needs=(Need.add(),)), "a need that asks for nothing"),
        (lambda: Reason("quantity", needs=(Need.add((-1, Wanted())),)), "a need that asks for nothing"),
        (lambda: Reason("quantity", needs=("one more",)), "a need that asks for nothing"),  # type: ignore[arg-type]
        (lambda: Reason("quantity", needs=(Need.add((1, Wanted((1,)))),)), "TypeError"),  # type: ignore[arg-type]
    ],
    ids=range(7),
)
def test_an_explanation_that_is_none_is_refused(answer: Callable[[], Any], said: str) -> None:
    with pytest.raises(ProposalError, match=said):
        explain(Explains(answer), View(Rules(), USD, (MILK,), (), None))


def test_an_exception_that_cannot_say_what_it_is_is_named_all_the_same() -> None:
    def fail() -> None:
        raise MuteError

    with pytest.raises(ProposalError, match="Mute"):
        ask(fail)
