"""Observers are told of each finished evaluation; they change nothing and stop nothing."""

from typing import Any

import pytest

from promo_engine import BrokenPluginError, Evaluation, canonical_json, consider, evaluate, hookimpl
from promo_engine.plugins import register
from promo_engine.testing import a_cart, a_ruleset, percent_off, types_with, uses_left
from tests.promo_engine.sample_conditions import Plugin

CART = a_cart(("TEA", 1000), shipping=500, codes=["nope"])


def priced(*observers: Any, **fields: Any) -> Evaluation:
    types = types_with(Plugin(*observers))
    return evaluate(CART, a_ruleset(percent_off(10), percent_off(5, id="late", code="LATE"), types=types, **fields))


def test_an_observer_is_told_of_each_evaluation_with_all_that_it_says() -> None:
    told: list[Evaluation] = []

    def listen(evaluation: Evaluation) -> None:
        told.append(evaluation)

    evaluation = priced(listen)
    assert [one.document() for one in told] == [evaluation.document()]
    assert told[0].reasons == evaluation.reasons


def test_a_considered_cart_is_told_when_it_is_priced() -> None:
    told: list[int] = []

    def listen(evaluation: Evaluation) -> None:
        told.append(evaluation.amount_due)

    considered = consider(CART, a_ruleset(percent_off(10, total_limit=1), types=types_with(Plugin(listen))))
    assert told == []
    considered.price(uses_left(promo_1=1))
    assert told == [1400]


def test_what_an_observer_does_to_it_reaches_neither_the_evaluation_nor_the_next_observer() -> None:
    told: list[bytes] = []

    def spoil(evaluation: Any) -> None:
        evaluation.applied[0].lines["tea"] = 10**6
        evaluation.applied[0].amount = 7
        evaluation.applied.clear()
        evaluation.reasons.clear()
        evaluation.codes[0].reason.params["x"] = object()
        evaluation.missed = 5

    def listen(evaluation: Evaluation) -> None:
        told.append(canonical_json(evaluation.document()))

    evaluation = priced(spoil, listen)
    assert told == [canonical_json(evaluation.document())]
    assert told == [canonical_json(priced().document())]


def test_one_that_raises_is_named_and_the_others_are_told(caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []

    def fail(evaluation: Evaluation) -> None:
        raise RuntimeError("no disk")

    def listen(evaluation: Evaluation) -> None:
        told.append(evaluation.amount_due)

    assert priced(fail, listen).amount_due == 1400
    assert told == [1400]
    assert "of (local) failed: RuntimeError: no disk" in caplog.text


def test_what_is_no_function_is_refused() -> None:
    class Wrong:
        @hookimpl
        def promo_register_observers(self, register: Any) -> None:
            register("listen")

    with pytest.raises(BrokenPluginError, match="shop-a registered 'listen': an observer must be a function"):
        register(Wrong(), "shop-a")
