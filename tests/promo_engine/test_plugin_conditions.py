"""Conditions that plugins supply: who may get a promotion, why not, and how they are written."""

import json
from decimal import Decimal
from typing import Any

import pytest

from promo_engine import (
    BrokenPluginError,
    CartView,
    Count,
    Currency,
    Customer,
    Destination,
    DocumentError,
    DuplicateTypeError,
    Eligibility,
    Evaluation,
    PromotionTypes,
    ReceiptError,
    RulesPart,
    canonical_json,
    evaluate,
    read_rules_file,
    read_ruleset,
    receipt_document,
    verify,
)
from promo_engine.plugins import register
from promo_engine.testing import NOON, a_cart, a_ruleset, amount_off, installed_types, percent_off, types_with
from tests.promo_engine.sample_conditions import AtLeast, Plugin, Variety, Verified

TYPES = types_with(Plugin(Variety(), Verified()))
VERIFIED = Customer(id="7", facts={"verified": "yes"})


def asking(types: PromotionTypes = TYPES, **conditions: Any) -> Any:
    read = {
        name: types.conditions[name].read_parameters(document) if name in types.conditions else document
        for name, document in conditions.items()
    }
    return a_ruleset(percent_off(10, id="p", code="TEN", eligibility=Eligibility(conditions=read)), types=types)


def priced(ruleset: Any, *lines: Any, **cart: Any) -> Evaluation:
    return evaluate(a_cart(*(lines or [("TEA", 1000)]), codes=["ten"], **cart), ruleset)


def test_a_condition_that_is_met_lets_the_promotion_apply() -> None:
    assert priced(asking(verified={}), customer=VERIFIED).items_discount == 100
    assert priced(asking(variety={"kinds": 2}), ("TEA", 1000), ("MILK", 500)).items_discount == 150


def test_one_that_is_not_met_is_named_with_what_the_plugin_adds() -> None:
    (code,) = priced(asking(variety={"kinds": 2})).codes
    assert code.reason is not None
    assert (code.reason.code, code.reason.params) == ("condition", {"condition": "variety", "kinds": 2})
    assert code.message == "ten is not available for this cart."


def test_each_must_be_met_and_the_first_by_name_is_given() -> None:
    ruleset = asking(verified={}, variety={"kinds": 2})
    assert priced(ruleset, customer=VERIFIED).reasons["p"].params["condition"] == "variety"
    assert priced(ruleset, ("TEA", 1), ("MILK", 1)).reasons["p"].params == {"condition": "verified"}


def test_a_built_in_reason_comes_first() -> None:
    wanted = Eligibility(segments=frozenset({"vip"}), conditions={"verified": RulesPart()})
    ruleset = a_ruleset(percent_off(10, id="p", code="TEN", eligibility=wanted), types=TYPES)
    assert priced(ruleset).reasons["p"].code == "segment"
    assert priced(ruleset, customer=Customer(id="7", segments=["vip"])).reasons["p"].code == "condition"


def test_a_condition_is_given_the_cart_before_promotions_in_canonical_order() -> None:
    seen: list[CartView[Any]] = []

    class Looks(Verified):
        name = "looks"

        def is_met(self, view: CartView[RulesPart]) -> bool:
            seen.append(view)
            return True

    types = types_with(Plugin(Looks()))
    cart: dict[str, Any] = {"shipping": 590, "channel": "web", "payment_method": "card", "customer": VERIFIED}
    priced(asking(types, looks={}), ("TEA", 10, 2), ("MILK", 5), destination=Destination(country="DE"), **cart)
    (view,) = seen
    assert [(one.sku, one.quantity, one.price, one.room) for one in view.goods] == [
        ("MILK", 1, 5, 5),
        ("TEA", 2, 20, 20),
    ]
    assert [(one.method, one.price) for one in view.parcels] == [("post", 590)]
    assert (view.country, view.region, view.channel, view.payment_method) == ("DE", "", "web", "card")
    assert (view.at, view.currency.code, view.customer and view.customer.id) == (NOON, "USD", "7")


def test_the_document_holds_names_parameters_and_versions() -> None:
    document = asking(variety={"kinds": 2, "worth": 500}, verified={}).document()
    assert document["conditions"] == {"variety": "1.1", "verified": "1.0"}
    (promotion,) = document["promotions"]
    assert promotion["eligibility"]["conditions"] == {"variety": {"kinds": 2, "worth": 500}, "verified": {}}


def test_the_revision_covers_them() -> None:
    revisions = {asking().revision, asking(verified={}).revision}
    revisions |= {asking(variety={"kinds": kinds}).revision for kinds in (1, 2)}
    assert len(revisions) == 4


def test_a_ruleset_is_the_same_after_writing_and_reading() -> None:
    ruleset = asking(variety={"kinds": 2}, verified={})
    again = read_ruleset(json.loads(canonical_json(ruleset.document())), TYPES)
    assert again.promotions == ruleset.promotions
    assert again.document() == ruleset.document()


def test_amounts_are_read_in_decimals_of_a_currency() -> None:
    parameters = Variety().read_parameters({"kinds": 1, "worth": Decimal("9.99")}, Currency.of("USD"))
    assert parameters.worth == 999


def test_amounts_of_a_condition_are_of_the_promotions_own_currency() -> None:
    def rules(**conditions: Any) -> Any:
        wanted = Eligibility(conditions=conditions)
        off = amount_off(500, id="p", code="TEN", rules={"amounts": {"JPY": 800}}, eligibility=wanted)
        return a_ruleset(off, types=TYPES)

    yen = Currency.of("JPY")
    bare, worth = AtLeast(kinds=1), AtLeast(kinds=1, worth=500)
    assert priced(rules(variety=worth)).items_discount == 500
    assert priced(rules(variety=bare), currency=yen).reasons["p"].code == "currency"
    assert priced(rules(verified=RulesPart()), currency=yen, customer=VERIFIED).items_discount == 800


def test_a_receipt_covers_the_conditions_that_were_looked_at() -> None:
    document = asking(verified={}).document()
    receipts = [receipt_document(priced(read_ruleset(document, types))) for types in (TYPES, installed_types())]
    assert [one["conditions"] for one in receipts] == [{"verified": "1.0"}, {"verified": None}]
    with pytest.raises(ReceiptError, match=r"conditions.verified: is 1.0 in the receipt, None here"):
        verify(receipts[0], a_cart(("TEA", 1000), codes=["ten"]), read_ruleset(document, installed_types()))


def test_rules_that_a_person_wrote_name_them_too() -> None:
    tea = {"id": "p", "code": "TEN", "type": "percentage_discount", "rules": {"discount_value": 10}}
    asked = {"currency": "USD", "promotions": [tea | {"eligibility": {"conditions": {"variety": {"kinds": 2}}}}]}
    assert priced(read_rules_file(asked, TYPES)).reasons["p"].code == "condition"
    for name, said in (("vip", "conditions.vip: no plugin"), ("variety", "variety.kinds: is required")):
        wrong = asked | {"promotions": [tea | {"eligibility": {"conditions": {name: {}}}}]}
        with pytest.raises(DocumentError, match=said):
            read_rules_file(wrong, TYPES)


def test_where_no_plugin_supplies_it_the_promotion_never_applies() -> None:
    document = json.loads(canonical_json(asking(verified={}).document()))
    there = read_ruleset(document, installed_types())
    reason = priced(there, customer=VERIFIED).reasons["p"]
    assert (reason.code, reason.params) == ("type_missing", {"condition": "verified"})
    assert there.document() == document


def test_parameters_that_are_not_read_any_more_are_kept_and_never_met(caplog: pytest.LogCaptureFixture) -> None:
    class Stricter(AtLeast):
        tags: Count

    stricter = type("StricterVariety", (Variety,), {"parameters_model": Stricter})

    document = json.loads(canonical_json(asking(variety={"kinds": 2}).document()))
    there = read_ruleset(document, types_with(Plugin(stricter(), Verified())))
    assert priced(there).reasons["p"].code == "type_missing"
    assert there.document()["promotions"] == document["promotions"]
    assert "promotion p: condition variety does not read its parameters: tags: is required" in caplog.text


def test_two_conditions_of_one_name_are_an_error() -> None:
    with pytest.raises(DuplicateTypeError, match=r"condition 'verified' is supplied by \(local\)"):
        types_with(Plugin(Verified()), Plugin(Verified()))


def test_a_condition_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(DocumentError, match=r"'vip'; the conditions that are there: variety, verified"):
        TYPES.conditions.named("vip")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (object(), "not an instance of Condition"),
        (Variety, "not an instance of Condition"),
        (type("X", (Verified,), {"title": 5})(), "X.title must be a string"),
        (type("X", (Verified,), {"name": property(lambda self: 1 / 0)})(), "X.name must be a string"),
        (type("X", (Verified,), {"parameters_model": dict})(), "parameters_model must be a subclass of RulesPart"),
        (type("X", (Verified,), {"api_version": 0})(), "made for interface 0, this engine has 1"),
    ],
)
def test_a_broken_condition_says_what_is_wrong(wrong: Any, said: str) -> None:
    with pytest.raises(BrokenPluginError, match=said):
        register(Plugin(wrong), "shop-a")
