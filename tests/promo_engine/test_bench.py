"""A plugin that keeps failing is benched: not asked any more, and said so once, with the same prices and reasons."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from promo_engine import (
    Condition,
    Eligibility,
    Off,
    PromotionType,
    Reason,
    Rules,
    Ruleset,
    RulesPart,
    canonical_json,
    evaluate,
    read_ruleset,
)
from promo_engine.bench import MOST_FAILURES
from promo_engine.testing import a_cart, a_promotion, a_ruleset, percent_off, types_with
from tests.promo_engine.sample_conditions import Plugin

CART = a_cart(("TEA", 1000))


class Moody(PromotionType[Rules]):
    """Fails as long as it is told to, and counts how often it is asked."""

    name, title, version, rules_model = "moody", "Moody", "1.0", Rules

    def __init__(self) -> None:
        self.fails, self.asked = True, 0

    def propose(self, view: Any) -> Iterator[Off]:
        self.asked += 1
        if self.fails:
            raise RuntimeError("not today")
        yield Off(view.goods, 10)


class Silent(Moody):
    """Proposes nothing, and fails to say why."""

    name = "silent"

    def propose(self, view: Any) -> Iterator[Off]:
        return iter(())

    def explain(self, view: Any) -> Reason | None:
        self.asked += 1
        if self.fails:
            raise RuntimeError("no words")
        return None


class Unsure(Condition[RulesPart]):
    name, title, version, parameters_model = "unsure", "Unsure", "1.0", RulesPart
    asked = 0

    def is_met(self, view: Any) -> bool:
        self.asked += 1
        raise RuntimeError("who knows")


def with_type(moody: Moody, *more: Any) -> Ruleset:
    types = types_with(Plugin(moody))
    return a_ruleset(a_promotion(moody.name, {}, id="moody", types=types), percent_off(10), *more, types=types)


def evaluate_often(ruleset: Ruleset, times: int = MOST_FAILURES) -> None:
    for _ in range(times):
        evaluate(CART, ruleset)


def test_it_is_not_asked_any_more_after_ten_evaluations_in_a_row() -> None:
    moody = Moody()
    ruleset = with_type(moody)
    evaluate_often(ruleset, MOST_FAILURES - 1)
    assert not ruleset.benched
    evaluate_often(ruleset, 3)
    assert moody.asked == MOST_FAILURES
    assert ruleset.benched == (("type", "moody", "(local)", "RuntimeError: not today"),)


def test_documents_stay_the_same_bytes() -> None:
    ruleset = with_type(Moody())
    documents = {canonical_json(evaluate(CART, ruleset).document()) for _ in range(MOST_FAILURES * 2)}
    assert len(documents) == 1
    assert evaluate(CART, ruleset).reasons["moody"] == Reason("plugin_failed", {"type": "moody"})


def test_an_answer_in_between_starts_the_count_anew() -> None:
    moody = Moody()
    ruleset = with_type(moody)
    for _ in range(3):
        moody.fails = True
        evaluate_often(ruleset, MOST_FAILURES - 1)
        moody.fails = False
        evaluate_often(ruleset, 1)
    assert ruleset.benched == ()
    assert evaluate(CART, ruleset).items_discount == 109


def test_it_is_said_once_by_name_with_the_last_error_and_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        evaluate_often(with_type(Moody()), MOST_FAILURES * 2)
    said = [record.getMessage() for record in caplog.records]
    assert said[:MOST_FAILURES] == ["promotion moody: type moody failed: RuntimeError: not today"] * MOST_FAILURES
    (benched,) = said[MOST_FAILURES:]
    assert benched.startswith("type moody of (local) failed in 10 evaluations in a row and is benched")
    assert "RuntimeError: not today. Repair or uninstall the plugin" in benched


def test_one_cart_counts_once_however_often_the_search_asks() -> None:
    moody = Moody()
    rivals = [percent_off(10 + i, id=f"g{i}", exclusion_group="g") for i in range(5)]
    groups: dict[str, Any] = {"exclusion_group": "g", "types": types_with(Plugin(moody))}
    ruleset = with_type(moody, *rivals, *(a_promotion("moody", {}, id=f"m{i}", **groups) for i in range(12)))
    evaluate_often(ruleset, MOST_FAILURES - 1)
    assert moody.asked > MOST_FAILURES
    assert ruleset.benched == ()


def test_an_explanation_is_benched_by_itself() -> None:
    silent = Silent()
    ruleset = with_type(silent)
    evaluate_often(ruleset, MOST_FAILURES * 2)
    assert silent.asked == MOST_FAILURES
    assert [(one.what, one.name) for one in ruleset.benched] == [("explanation of type", "silent")]
    assert evaluate(CART, ruleset).reasons["moody"].code == "plugin_failed"


def test_an_explanation_that_fails_is_said_by_name_with_the_error(caplog: pytest.LogCaptureFixture) -> None:
    ruleset = with_type(Silent())
    with caplog.at_level(logging.ERROR):
        evaluate(CART, ruleset)
    (said,) = [record.getMessage() for record in caplog.records]
    assert said == "promotion moody: explanation of type silent failed: RuntimeError: no words"


def test_an_explanation_that_comes_in_between_starts_its_count_anew() -> None:
    silent = Silent()
    ruleset = with_type(silent)
    for _ in range(3):
        silent.fails = True
        evaluate_often(ruleset, MOST_FAILURES - 1)
        silent.fails = False
        evaluate_often(ruleset, 1)
    assert ruleset.benched == ()
    assert evaluate(CART, ruleset).reasons["moody"] == Reason("nothing_to_discount")


def test_a_condition_is_benched_too() -> None:
    unsure = Unsure()
    wanted = Eligibility(conditions={"unsure": RulesPart()})
    ruleset = a_ruleset(percent_off(10, id="p", eligibility=wanted), types=types_with(Plugin(unsure)))
    evaluate_often(ruleset, MOST_FAILURES * 2)
    assert unsure.asked == MOST_FAILURES
    assert [(one.what, one.name, one.error) for one in ruleset.benched] == [
        ("condition", "unsure", "RuntimeError: who knows")
    ]
    assert evaluate(CART, ruleset).reasons["p"] == Reason("plugin_failed", {"condition": "unsure"})


def test_the_next_ruleset_that_is_read_asks_again() -> None:
    moody = Moody()
    ruleset = with_type(moody)
    evaluate_often(ruleset)
    again = read_ruleset(json.loads(canonical_json(ruleset.document())), types_with(Plugin(moody)))
    moody.fails = False
    assert evaluate(CART, again).items_discount == 109
    assert evaluate(CART, ruleset.changed()).reasons["moody"].code == "plugin_failed"


def test_many_threads_bench_it_once(caplog: pytest.LogCaptureFixture) -> None:
    ruleset = with_type(Moody())
    with caplog.at_level(logging.ERROR), ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: evaluate(CART, ruleset), range(200)))
    assert sum("is benched" in record.getMessage() for record in caplog.records) == 1
    assert len(ruleset.benched) == 1
