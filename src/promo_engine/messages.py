"""The English sentences for reasons and opportunities. Codes and parameters are the stable part; sentences are not."""

from promo_engine.evaluation import Reason
from promo_engine.money import Currency

_SENTENCES = {
    "not_found": "{code} is not a valid code.",
    "not_started": "{code} is not valid yet.",
    "expired": "{code} has expired.",
    "paused": "{code} is not available at the moment.",
    "outside_hours": "{code} is not valid at this time of the week.",
    "minimum_purchase": "Spend {missing} more to use {code}.",
    "maximum_purchase": "{code} is for smaller orders.",
    "no_matching_items": "{code} does not apply to anything in your cart.",
    "required_items": "Add {missing} more of the goods that belong to {code}.",
    "quantity": "Add {missing} more to use {code}.",
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


def reason_message(reason: Reason, code: str, currency: Currency) -> str:
    """Say in a sentence why a code does not apply.

    >>> missing = Reason("minimum_purchase", {"missing": 1010})
    >>> reason_message(missing, "WELCOME5", Currency.of("USD"))
    'Spend 10.10 more to use WELCOME5.'
    """
    params = dict(reason.params)
    if reason.code == "minimum_purchase":
        params["missing"] = currency.major(params["missing"])
    return _SENTENCES[reason.code].format_map(params | {"code": code})


def opportunity_message(kind: str, missing: int, name: str, currency: Currency) -> str:
    """Say in a sentence what would make a promotion apply.

    >>> opportunity_message("spend", 501, "free shipping", Currency.of("USD"))
    '5.01 more for free shipping.'
    """
    amount = currency.major(missing) if kind == "spend" else missing
    return f"{amount} more for {name}."
