"""Whatever a condition does wrong, its promotion alone drops out, it is named, and the checkout goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from promo_engine import Condition, Customer, Eligibility, RulesPart, canonical_json, evaluate, write_cart
from promo_engine.testing import a_cart, a_line, a_ruleset, percent_off, types_with
from tests.promo_engine.faults import Lying, Same, changing, patching, raising, recursing, ring
from tests.promo_engine.sample_conditions import Plugin


class Faulty(Condition[RulesPart]):
    """Does as it is told."""

    name, title, version, parameters_model = "faulty", "Faulty", "1.0", RulesPart

    def __init__(self, is_met: Callable[..., Any], explain: Callable[..., Any] | None = None) -> None:
        self._is_met = is_met
        self._explain = explain or (lambda view: {})

    def is_met(self, view: Any) -> Any:
        return self._is_met(view)

    def explain(self, view: Any) -> Any:
        return self._explain(view)


def explaining(explain: Callable[..., Any]) -> Faulty:
    return Faulty(lambda view: False, explain)


FAULTS = {
    "raises": Faulty(raising(ValueError("no"))),
    "recurses": Faulty(recursing),
    "stops": Faulty(raising(StopIteration())),
    "says nothing": Faulty(lambda view: None),
    "says one": Faulty(lambda view: 1),
    "says yes": Faulty(lambda view: "yes"),
    "lies": Faulty(lambda view: Lying(1)),
    "is the same": Faulty(lambda view: Same()),
    "yields": Faulty(lambda view: (one for one in [True])),
    "misses a field": Faulty(lambda view: view.weight > 5),
    "changes the view": Faulty(changing("", lambda view: setattr(view, "goods", ()))),
    "patches the view": Faulty(lambda view: object.__setattr__(view, "goods", ())),
    "changes facts": Faulty(lambda view: view.customer.facts.update(vip="yes")),
    "patches the customer": Faulty(lambda view: object.__setattr__(view.customer, "segments", 5)),
    "patches a line": Faulty(lambda view: object.__setattr__(view.goods[0].line, "unit_price", 1)),
    "patches parameters": Faulty(patching("parameters", "kinds", 5)),
    "explains by raising": explaining(raising(KeyError("x"))),
    "explains with words": explaining(lambda view: "no"),
    "explains with nothing": explaining(lambda view: None),
    "explains with objects": explaining(lambda view: {"goods": object()}),
    "explains with floats": explaining(lambda view: {"share": 0.5}),
    "explains without end": explaining(lambda view: ring()),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_it_drops_out_alone_and_is_named(fault: str) -> None:
    types = types_with(Plugin(FAULTS[fault]))
    faulty = percent_off(50, id="faulty", code="F", eligibility=Eligibility(conditions={"faulty": RulesPart()}))
    customer = Customer(id="7", segments=["staff"], facts={"vip": "no"})
    cart = a_cart(a_line("TEA", 1000, tags=["hot"]), shipping=500, customer=customer, codes=["f"])
    before = canonical_json(write_cart(cart))
    evaluation = evaluate(cart, a_ruleset(faulty, percent_off(10, id="other"), types=types))
    assert [(one.promotion_id, one.amount) for one in evaluation.applied] == [("other", 100)]
    assert evaluation.reasons["faulty"].code == "plugin_failed"
    assert evaluation.reasons["faulty"].params == {"condition": "faulty"}
    assert evaluation.codes[0].message == "f is not available at the moment."
    assert canonical_json(evaluation.document())
    assert canonical_json(write_cart(cart)) == before


def test_what_it_says_of_itself_never_hides_its_name() -> None:
    types = types_with(Plugin(explaining(lambda view: {"condition": "another", "code": "x"})))
    promotion = percent_off(50, code="F", eligibility=Eligibility(conditions={"faulty": RulesPart()}))
    (code,) = evaluate(a_cart(("TEA", 1000), codes=["f"]), a_ruleset(promotion, types=types)).codes
    assert code.reason is not None
    assert (code.reason.params["condition"], code.message) == ("faulty", "f is not available for this cart.")
