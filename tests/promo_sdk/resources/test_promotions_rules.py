"""Rules of the built-in types: what is right comes back as it was given, what is wrong is never sent."""

from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from promo_contracts import read_json
from promo_contracts.company.models import PromotionCreate
from promo_contracts.company.rules import Rules
from promo_sdk import (
    BundleItem,
    BundleRules,
    BuyXGetYRules,
    FixedAmountRules,
    FreeShippingRules,
    InvalidRequest,
    LoyaltyRules,
    PercentageRules,
    PromotionsClient,
)
from promo_sdk.resources.promotions import create_promotion
from promo_sdk.testing import TEST_KEY, TEST_URL, answering
from tests.contract.speakers import Api, a_promotion, an_api
from tests.promo_sdk.samples import Document

RIGHT: list[tuple[str, Rules, Document]] = [
    (
        "percentage_discount",
        PercentageRules(discount_value=Decimal("12.5"), max_discount_amount=50, applicable_items=["TEA"]),
        {"discount_value": Decimal("12.5"), "max_discount_amount": 50, "applicable_items": ["TEA"]},
    ),
    (
        "fixed_amount_discount",
        FixedAmountRules(discount_value=Decimal("9.99"), per="unit"),
        {"discount_value": Decimal("9.99"), "per": "unit"},
    ),
    (
        "buy_x_get_y",
        BuyXGetYRules(buy_quantity=2, get_quantity=1, get_items=["cup"], require_full_reward=True),
        {"buy_quantity": 2, "get_quantity": 1, "get_items": ["cup"], "require_full_reward": True},
    ),
    ("free_shipping", FreeShippingRules(), {}),
    ("free_shipping", FreeShippingRules(target_price=0, discount_amount=None), {"target_price": 0}),
    (
        "bundle_deal",
        BundleRules(bundle_items=[BundleItem(items=["SHIRT"]), BundleItem(items=["TIE"], quantity=2)], bundle_price=25),
        {"bundle_items": [{"items": ["SHIRT"]}, {"items": ["TIE"], "quantity": 2}], "bundle_price": 25},
    ),
    (
        "loyalty_bonus",
        LoyaltyRules(points_per_unit_spent=1, tier_values={"gold": Decimal("1.5")}, points_multiplier=2),
        {"points_per_unit_spent": 1, "tier_values": {"gold": Decimal("1.5")}, "points_multiplier": 2},
    ),
]

WRONG: list[tuple[str, Any, list[str]]] = [
    ("percentage_discount", {"discount_value": 100.01, "max_discount": 5}, ["discount_value", "max_discount"]),
    ("fixed_amount_discount", {"discount_value": 5, "min_purchase_amount": 5}, ["min_purchase_amount"]),
    ("buy_x_get_y", {"buy_quantity": 0, "pairing": "cart"}, ["buy_quantity", "get_quantity", "pairing"]),
    ("free_shipping", {"discount_value": 50, "discount_amount": 2}, ["discount_amount"]),
    (
        "bundle_deal",
        {"bundle_items": [{"quantitty": 1}], "bundle_price": -1},
        ["bundle_items[0].quantitty", "bundle_price"],
    ),
    ("loyalty_bonus", {"points": 10, "tier_values": {"gold": 1.5}}, ["tier_values.gold"]),
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with an_api(tmp_path_factory.mktemp("api") / "p.db") as api:
        yield api


@pytest.mark.parametrize(("promotion_type", "rules", "written"), RIGHT, ids=range(len(RIGHT)))
def test_a_model_comes_back_as_what_was_set(api: Api, promotion_type: str, rules: Rules, written: Document) -> None:
    body = a_promotion(promotion_type=promotion_type, discount_rules=rules)
    made = api.sdk.client.promotions.create(api.campaign().id, **body)
    assert made.discount_rules == written


@pytest.mark.parametrize(("promotion_type", "rules", "written"), RIGHT, ids=range(len(RIGHT)))
def test_a_mapping_comes_back_as_it_was_given(api: Api, promotion_type: str, rules: Rules, written: Document) -> None:
    body = a_promotion(promotion_type=promotion_type, discount_rules=MappingProxyType(written))
    made = api.sdk.client.promotions.create(api.campaign().id, **body)
    assert made.discount_rules == written


@pytest.fixture
def asked() -> list[str]:
    """The paths that the API was asked for."""
    return []


@pytest.fixture
def client(asked: list[str]) -> Iterator[PromotionsClient]:
    """A client of an API that writes down what it is asked, and refuses it."""

    def answer(method: str, path: str, body: Any) -> tuple[int, object]:
        asked.append(path)
        return 422, {"message": "Asked.", "code": "INVALID_FIELD"}

    with PromotionsClient(TEST_URL, company_id="42", api_key=TEST_KEY, http_transport=answering(answer)) as client:
        yield client


@pytest.mark.parametrize(("promotion_type", "rules", "fields"), WRONG, ids=[one[0] for one in WRONG])
def test_wrong_rules_are_refused_by_their_fields_and_not_sent(
    client: PromotionsClient, asked: list[str], promotion_type: str, rules: Document, fields: list[str]
) -> None:
    with pytest.raises(InvalidRequest, match="Not sent") as caught:
        client.promotions.create("c1", **a_promotion(promotion_type=promotion_type, discount_rules=rules))
    assert (caught.value.status, caught.value.code) == (None, "INVALID_DISCOUNT_RULES")
    assert [one.field for one in caught.value.errors] == [f"discount_rules.{field}" for field in fields]
    assert {one.code for one in caught.value.errors} == {"INVALID_DISCOUNT_RULES"}
    assert asked == []


def test_the_contracts_model_is_looked_into_as_well(client: PromotionsClient, asked: list[str]) -> None:
    body = PromotionCreate.model_validate(a_promotion(discount_rules={"discount_value": 101}))
    with pytest.raises(InvalidRequest, match="Discount percentage cannot exceed 100%") as caught:
        client.promotions.create_from("c1", body)
    assert (caught.value.status, caught.value.field, asked) == (None, "discount_rules.discount_value", [])


def test_a_changed_copy_of_a_model_is_looked_at_again() -> None:
    rules = PercentageRules(discount_value=20).model_copy(update={"discount_value": 200})
    with pytest.raises(InvalidRequest, match="cannot exceed 100%"):
        create_promotion("c1", **a_promotion(discount_rules=rules))


def test_wrong_rules_are_told_together_with_other_wrong_fields() -> None:
    with pytest.raises(InvalidRequest) as caught:
        create_promotion("c1", **a_promotion(promotion_name="", discount_rules={"discount_valeu": 5}))
    assert [(one.field, one.message) for one in caught.value.errors] == [
        ("promotion_name", "should have at least 1 character"),
        ("discount_rules.discount_value", "is required"),
        ("discount_rules.discount_valeu", "is not a known field; did you mean 'discount_value'?"),
    ]


@pytest.mark.parametrize("promotion_type", ["percentage_discount", "acme_bonus"])
def test_the_model_of_another_type_is_refused_though_its_fields_fit(promotion_type: str) -> None:
    body = a_promotion(promotion_type=promotion_type, discount_rules=FixedAmountRules(discount_value=5))
    with pytest.raises(InvalidRequest, match=f"FixedAmountRules are not the rules of {promotion_type}") as caught:
        create_promotion("c1", **body)
    assert (caught.value.status, caught.value.field) == (None, "discount_rules")


def test_rules_of_a_type_that_is_not_built_in_pass_as_they_are() -> None:
    body = create_promotion("c1", **a_promotion(promotion_type="acme_bonus", discount_rules={"bonus": [0.1]})).body
    assert body is not None
    assert read_json(body)["discount_rules"] == {"bonus": [Decimal("0.1")]}
