"""The promotion types of the cases' vocabulary, in the rules of ours."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from promo_engine.money import MAX_AMOUNT
from promo_engine.promotion import ItemMinimum
from tests.peer_cases.fields import Fields, UnsupportedError, needed
from tests.peer_cases.goods import Filter, Shelf

Rules: TypeAlias = dict[str, Any]

SCOPES = {"order": "order", "line": "line", "unit": "unit", "shipping": "shipping"}
SELECTIONS = {"cheapest_first": "cheapest_first", "most_expensive_first": "dearest_first"}
NOTHING_OFF: Rules = {"target_price": MAX_AMOUNT}
"""What 0 % or 0.00 off means: a promotion of ours takes something, but no price is above this one."""


class Offer:
    """What one promotion of a case takes off, in the making.

    ``type`` and ``rules`` are ours, in minor units; ``minimums`` and ``tiers`` are what its parameters ask of a cart.
    """

    def __init__(self, promotion_type: str, params: Fields, shelf: Shelf) -> None:
        self.type = promotion_type
        self.rules: Rules = {}
        self.minimums: list[ItemMinimum] = []
        self.tiers: tuple[str, ...] = ()
        self.goods = Filter()
        self.params = params
        self.shelf = shelf
        if promotion_type not in _READERS:
            raise UnsupportedError(f"type: {promotion_type!r}")
        _READERS[promotion_type](self)

    @property
    def is_on_goods(self) -> bool:
        """Whether it is of a type that may belong to the item or to the order phase."""
        return self.type in {"percentage_discount", "fixed_amount_discount", "loyalty_bonus"}

    def take_nothing(self) -> None:
        """Take nothing off, whatever was said of goods."""
        self.type, self.rules = "fixed_amount_discount", {**self.goods.rules(), **NOTHING_OFF}


def _percentage(offer: Offer) -> None:
    scope = offer.params.choice("scope", SCOPES, "order")
    percent = _percent(offer.params)
    if scope == "shipping":
        _shipping(offer, {"discount_value": needed(percent, "percent")})
        return
    _unit_rules(offer)
    steps = offer.params.parts("tiers")
    tiers = [{"min_amount": one.amount("min_amount"), "discount_value": one.number("percent")} for one in steps]
    _valued(offer, percent, tiers)


def _percent(params: Fields) -> Decimal | None:
    """Read a percentage: more than all of a price cannot be off."""
    percent = params.number("percent")
    return None if percent is None else min(percent, Decimal(100))


def _fixed_amount(offer: Offer) -> None:
    params = offer.params
    scope = params.choice("scope", SCOPES, "order")
    price, amount = params.amount("set_price"), params.amount("amount")
    if price is not None and amount:
        raise UnsupportedError("set_price: beside an amount")
    if scope == "shipping":
        per = "shipment" if params.flag("per_shipment", default=False) else "cart"
        if price is None:
            _shipping(offer, {"discount_amount": needed(amount, "amount"), "per": per})
        else:
            _shipping(offer, {"target_price": price})
        return
    _unit_rules(offer)
    offer.rules["per"] = scope
    if price is not None:
        offer.rules["target_price"] = price
        return
    steps = params.parts("tiers")
    _valued(
        offer,
        amount,
        [{"min_amount": one.amount("min_amount"), "discount_value": one.amount("amount")} for one in steps],
    )


def _unit_rules(offer: Offer) -> None:
    """Read which units something is off of, and down to what price."""
    params = offer.params
    applies_to = params.part("applies_to")
    offer.goods = Filter.read(applies_to)
    offer.rules = {
        **offer.goods.rules(),
        "exclude_discounted": applies_to.flag("exclude_discounted_lines", default=False),
        "max_discount_amount": params.amount("max_discount_amount"),
        "max_units": params.count("max_units"),
        "max_units_per_line": params.count("max_units_per_line"),
        "unit_selection": params.choice("unit_selection", SELECTIONS, None),
    }


def _valued(offer: Offer, value: Any, tiers: Sequence[Rules]) -> None:
    """Set what is off. A ladder without a ground floor asks for its lowest step: nothing is off below it."""
    if tiers:
        offer.rules["tiers"] = tiers
    if value:
        offer.rules["discount_value"] = value
    elif tiers:
        lowest = min(tiers, key=lambda tier: int(tier["min_amount"]))
        offer.rules["discount_value"] = lowest["discount_value"]
        selectors = frozenset(offer.shelf.selectors(offer.goods))
        offer.minimums.append(ItemMinimum(selectors, amount=lowest["min_amount"]))
    elif value is None:
        raise UnsupportedError(f"{offer.type}: says nothing that is off")
    else:
        offer.take_nothing()


def _shipping(offer: Offer, rules: Rules) -> None:
    offer.type = "free_shipping"
    limits = {
        "shipping_methods": offer.params.texts("methods"),
        "max_discount_amount": offer.params.amount("max_discount_amount"),
    }
    if 0 in (rules.get("discount_value"), rules.get("discount_amount")):
        offer.take_nothing()
    else:
        offer.rules = {**rules, **limits}


def _loyalty(offer: Offer) -> None:
    """Read a percentage or an amount for some tiers; paying with points is out of scope, so nobody reads them."""
    params = offer.params
    offer.tiers = params.texts("tiers_any")
    if params.has("percent"):
        offer.type = "percentage_discount"
        _percentage(offer)
    elif params.has("amount"):
        offer.type = "fixed_amount_discount"
        _fixed_amount(offer)
    else:
        raise UnsupportedError("loyalty_bonus: neither percent nor amount")
    _as_loyalty_bonus(offer)


def _as_loyalty_bonus(offer: Offer) -> None:
    """Say it in the type's own words where it has them; the others have those for lines, units and ladders."""
    said = {name: value for name, value in offer.rules.items() if value or type(value) is int}
    own = {*Filter().rules(), "discount_value", "max_discount_amount"}
    if offer.type == "percentage_discount" and said.keys() <= own:
        offer.type, offer.rules = "loyalty_bonus", said
    elif offer.type == "fixed_amount_discount" and said.keys() <= own | {"per"} and said.pop("per") == "order":
        said["discount_amount"] = said.pop("discount_value")
        offer.type, offer.rules = "loyalty_bonus", said


def _buy_x_get_y(offer: Offer) -> None:
    params = offer.params
    buy, get = Filter.read(params.part("buy")), Filter.read(params.part("get"))
    is_same = params.flag("same_pool", default=False)
    if is_same and buy.is_all:
        buy = get
    if is_same and not get.is_all and get != buy:
        raise UnsupportedError("same_pool: buy and get are not the same")
    is_same = is_same or buy == get
    offer.goods = buy if is_same else Filter()
    sides = {} if is_same else {"buy_items": offer.shelf.selectors(buy), "get_items": offer.shelf.selectors(get)}
    percent = params.number("get_percent_off")
    offer.rules = {
        **offer.goods.rules(),
        **sides,
        "buy_quantity": params.count("buy_quantity"),
        "get_quantity": params.count("get_quantity"),
        "discount_value": percent,
        "max_applications": params.count("max_applications"),
        "max_discounted_units": params.count("max_discounted_units"),
        "pairing": _pairing(params, is_same=is_same),
    }
    if percent == 0:
        offer.take_nothing()


def _pairing(params: Fields, *, is_same: bool) -> str:
    """Say which units are rewarded; of what we have no word for, PRICING.md section 4 has chosen one side for all."""
    groupings = {"global": "whole_cart", "per_group_cheapest_first": "per_application"}
    grouping = params.choice("grouping", groupings, None)
    selection = params.choice("get_selection", {"cheapest": "whole_cart", "most_expensive": "per_application"}, None)
    if is_same:
        return grouping if grouping and selection != "per_application" else "per_application"
    return selection or grouping or "per_application"


def _free_shipping(offer: Offer) -> None:
    _shipping(offer, {})


def _bundle(offer: Offer) -> None:
    params = offer.params
    params.choice("grouping", SELECTIONS, None)  # PRICING.md section 4: the units that save more, whatever is said
    components = [
        (Filter.read(one), needed(one.count("quantity"), "quantity of a component"))
        for one in params.parts("components")
    ]
    unit_price = params.amount("unit_price")
    of_units = None if unit_price is None else unit_price * sum(quantity for _, quantity in components)
    price = params.amount("bundle_price")
    ways = {
        "bundle_price": of_units if price is None else price,
        "discount_value": _percent(params),
        "discount_amount": params.amount("amount_off"),
        "discount_amount_per_unit": params.amount("amount_off_per_unit"),
    }
    given = [name for name, value in ways.items() if value is not None]
    if len(given) != 1 or (price is not None and unit_price is not None):
        raise UnsupportedError("bundle_deal: says not one price or discount")
    offer.rules = {
        "bundle_items": [
            {"items": () if goods.is_all else offer.shelf.selectors(goods), "quantity": quantity}
            for goods, quantity in components
        ],
        "max_applications": params.count("max_applications"),
        **ways,
    }
    if ways[given[0]] == 0 and given != ["bundle_price"]:
        offer.take_nothing()


_READERS: dict[str, Callable[[Offer], None]] = {
    "percentage_discount": _percentage,
    "fixed_amount_discount": _fixed_amount,
    "buy_x_get_y": _buy_x_get_y,
    "free_shipping": _free_shipping,
    "bundle_deal": _bundle,
    "loyalty_bonus": _loyalty,
}
