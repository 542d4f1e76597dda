"""The English sentences for reasons and opportunities. Codes and parameters are the stable part; sentences are not."""

from collections.abc import Sequence

from promo_engine.money import Currency
from promo_engine.needs import Need, Wanted
from promo_engine.reason import Reason

_SENTENCES = {
    "not_found": "{code} is not a valid code.",
    "not_started": "{code} is not valid yet.",
    "expired": "{code} has expired.",
    "paused": "{code} is not available at the moment.",
    "outside_hours": "{code} is not valid at this time of the week.",
    "minimum_purchase": "Spend more to use {code}.",
    "maximum_purchase": "{code} is for smaller orders.",
    "no_matching_items": "{code} does not apply to anything in your cart.",
    "required_items": "Add the goods that belong to {code}.",
    "quantity": "Add more to use {code}.",
    "customer_required": "Sign in or enter your e-mail to use {code}.",
    "segment": "{code} is not available for your account.",
    "first_order_only": "{code} is for a first order.",
    "nth_order": "{code} is for another order of yours.",
    "tier": "{code} is not available for your membership level.",
    "region": "{code} is not available for your delivery address.",
    "currency": "{code} is not available in this currency.",
    "shipping_method": "{code} is not available for this way of delivery.",
    "channel": "{code} is not available here.",
    "payment_method": "{code} is not available for this way to pay.",
    "condition": "{code} is not available for this cart.",
    "limit_total": "{code} has been used up.",
    "limit_daily": "{code} has been used up for today.",
    "limit_customer": "You have already used {code} as often as it allows.",
    "limit_code": "{code} has been used.",
    "limit_budget": "{code} has been used up.",
    "cannot_verify": "{code} cannot be checked right now; please try again.",
    "nothing_to_discount": "There is nothing left for {code} to discount.",
    "beaten": "Your cart has a better offer than {code}.",
    "not_combinable": "{code} cannot be combined with your other offers.",
    "type_missing": "{code} is not available in this shop.",
    "plugin_failed": "{code} is not available at the moment.",
}


_NAMED = 4
"""No more selectors than these are named in a sentence."""


def reason_message(reason: Reason, code: str, currency: Currency) -> str:
    """Say in a sentence why a code does not apply, and what the shopper can do about it.

    >>> missing = Reason("minimum_purchase", needs=(Need.spend(1010),))
    >>> reason_message(missing, "WELCOME5", Currency.of("USD"))
    'Spend 10.10 more to use WELCOME5.'
    """
    if not reason.needs:
        return _SENTENCES[reason.code].format(code=code)
    asked = _listed([f"{need.kind} {_need(need, currency)}" for need in reason.needs], "and")
    return f"{asked[:1].upper()}{asked[1:]} to use {code}."


def opportunity_message(needs: Sequence[Need], at_most: int | None, name: str, currency: Currency) -> str:
    """Say in a sentence what would make a promotion apply.

    >>> tea = Wanted.bearing(["TEA", "COFFEE"])
    >>> opportunity_message([Need.spend(501), Need.add((1, tea))], None, "free shipping", Currency.of("USD"))
    '5.01 more and 1 more of COFFEE or TEA for free shipping.'
    """
    missing = _listed([_need(need, currency) for need in needs], "and")
    bound = "" if at_most is None else f", at most {currency.major(at_most)},"
    return f"{missing}{bound} for {name}."


def _need(need: Need, currency: Currency) -> str:
    is_amount = need.kind == "spend"
    parts = [
        f"{currency.major(part.missing) if is_amount else part.missing} more{_goods(part.goods, currency, is_amount)}"
        for part in need.parts
    ]
    return _listed(parts, "and") + (" after discounts" if need.after_discounts else "")


def _goods(goods: Wanted, currency: Currency, is_amount: bool) -> str:
    """Say which goods count: nothing where all do."""
    least, most = (
        price if price is None else currency.major(price) for price in (goods.min_unit_price, goods.max_unit_price)
    )
    said = f" {'on' if is_amount else 'of'} " if goods.items else ""
    said += " that is also ".join(_listed(_first(names), "or") for names in goods.items)
    if goods.excluded:
        said += f" other than {_listed(_first(goods.excluded), 'or')}"
    if least is not None and most is not None:
        return f"{said} at {least} to {most} each"
    if least is not None or most is not None:
        return f"{said} at {least if most is None else most} or {'more' if most is None else 'less'} each"
    return said


def _first(names: Sequence[str]) -> Sequence[str]:
    return names if len(names) <= _NAMED else [*names[: _NAMED - 1], "others"]


def _listed(words: Sequence[str], last: str) -> str:
    """Write a list as one does in a sentence."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
