"""Rules as a file holds them: a ruleset document, or one that a person wrote, with all that is usual left out.

A document with a revision is one that a server wrote, and is read as such. Without one it is a person's: each field is
checked, and what a promotion leaves out is filled in. Errors: ``DocumentError``.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from promo_engine.api_names import read_part
from promo_engine.cart import read_currency
from promo_engine.checks import check_text
from promo_engine.documents import Document, DocumentError, read_list
from promo_engine.minor_units import in_currency
from promo_engine.money import Currency, Rounding
from promo_engine.promotion import Combination, Promotion, Status
from promo_engine.promotion_check import check_choice, check_promotion
from promo_engine.promotion_document import read_promotion
from promo_engine.registry import PromotionTypes
from promo_engine.ruleset import Ruleset, read_ruleset

_MONEY = ("currency", "exponent")
_SETTINGS: Document = {
    "company_id": "",
    "time_zone": "UTC",
    "rounding": Rounding.HALF_UP.value,
    "combination": Combination.BEST_FOR_CUSTOMER.value,
}
_PROMOTION: Document = {
    "rules": {},
    "start": "1970-01-01T00:00:00Z",
    "end": "2200-12-31T23:59:59Z",
    "days": [],
    "hours": None,
    "code": None,
    "stackable": False,
    "exclusion_group": None,
    "priority": 0,
    "status": Status.ACTIVE.value,
    "eligibility": {},
    "limits": {},
    "display": {},
    "campaign_id": "",
}
"""What is usual: it always runs, is alone, and asks for nothing."""

MOST_TOLD = 5
"""No more of what is wrong with the rules of a promotion is told."""


def read_rules_file(document: object, types: PromotionTypes) -> Ruleset:
    """Compile the rules of a file: a ruleset document, or ``promotions`` with as little as a person cares to write.

    A promotion needs an ``id`` and a ``type``, and a ``currency`` here or once beside ``promotions`` for all of them.
    What it does not say is usual: it always runs, applies by itself unless it has a ``code``, is alone (``stackable``
    false), and asks for nothing. Amounts are minor units, as in every document of the engine: whole numbers, and
    neither 5.00 nor "5.00".

    Raises:
        DocumentError: names the first field that is wrong, and what would be right; of rules, several fields.

    >>> from promo_engine.testing import installed_types
    >>> tea = {"id": "tea", "type": "percentage_discount", "rules": {"discount_value": 10}}
    >>> ruleset = read_rules_file({"currency": "USD", "promotions": [tea]}, installed_types())
    >>> ruleset.promotions["tea"].auto_apply
    True
    """
    if isinstance(document, Mapping) and "revision" in document:
        return _written_by_a_server(document, types)
    may = [*_SETTINGS, *_MONEY, "types", "conditions"]
    given = read_part(document, "", required=["promotions"], optional=may)
    settings = _read_settings(_SETTINGS | {name: given[name] for name in given if name in _SETTINGS})
    shared = _currency_of(given)
    documents = enumerate(read_list(given["promotions"], "promotions"))
    return Ruleset([_read(one, f"promotions[{i}]", shared, types) for i, one in documents], types, **settings)


def _written_by_a_server(document: Mapping[str, Any], types: PromotionTypes) -> Ruleset:
    try:
        return read_ruleset(document, types)
    except DocumentError as error:
        hint = "; leave it out of rules that you write or change by hand" if error.path == "revision" else ""
        raise DocumentError(error.path, error.problem + hint) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DocumentError("", f"is not what a server writes ({type(error).__name__}: {error})") from None


def _read_settings(settings: Document) -> Document:
    check_text(settings["company_id"], "company_id", least=0)
    try:
        ZoneInfo(settings["time_zone"])
    except (AttributeError, KeyError, OSError, TypeError, ValueError):
        raise DocumentError("time_zone", "must be an IANA name such as Europe/Berlin") from None
    check_choice(*Rounding)(settings["rounding"], "rounding")
    check_choice(*Combination)(settings["combination"], "combination")
    chosen = {"rounding": Rounding(settings["rounding"]), "combination": Combination(settings["combination"])}
    return settings | chosen


def _read(document: object, path: str, shared: Currency | None, types: PromotionTypes) -> Promotion:
    """Read one promotion; its path stands before every error."""
    try:
        full, currency = _completed(document, shared)
        try:
            check_promotion(full)
        except DocumentError as error:
            raise in_currency(error, currency) from None
        _check_rules(full, currency, types)
        _check_conditions(full["eligibility"].get("conditions", {}), currency, types)
        return read_promotion(full, types)
    except DocumentError as error:
        raise error.under(path) from None


def _currency_of(given: Mapping[str, Any]) -> Currency | None:
    return read_currency(given["currency"], given.get("exponent")) if "currency" in given else None


def _completed(document: object, shared: Currency | None) -> tuple[Document, Currency]:
    """Fill in what a promotion does not say; without a currency of its own it has the file's."""
    given = read_part(document, "", required=["id", "type"], optional=[*_PROMOTION, "name", "auto_apply", *_MONEY])
    currency = _currency_of(given) if any(name in given for name in _MONEY) else shared
    if currency is None:
        raise DocumentError("currency", "is required, here or once beside the promotions")
    usual = {"name": given["id"], "auto_apply": given.get("code") is None}
    return {**_PROMOTION, **usual, **given, "currency": currency.code, "exponent": currency.exponent}, currency


def _check_rules(document: Document, currency: Currency, types: PromotionTypes) -> None:
    """Let the type check its rules: unlike those that a server wrote, they are not believed."""
    try:
        promotion_type = types.named(document["type"])
    except DocumentError as error:
        raise DocumentError("type", error.problem) from None
    try:
        promotion_type.read_rules(document["rules"])
    except DocumentError as error:
        raise _told(error, currency).under("rules") from None


def _check_conditions(named: Mapping[str, Any], currency: Currency, types: PromotionTypes) -> None:
    """Let each condition check its parameters."""
    for name, parameters in named.items():
        try:
            types.conditions.named(name).read_parameters(parameters)
        except DocumentError as error:
            raise _told(error, currency).under(f"eligibility.conditions.{name}") from None


def _told(error: DocumentError, currency: Currency) -> DocumentError:
    """Tell all that is wrong in one error: what is required may stand there, misspelt."""
    first, *others = [in_currency(one, currency) for one in error.problems[:MOST_TOLD]]
    return DocumentError(first.path, "; ".join([first.problem, *map(str, others)]))
