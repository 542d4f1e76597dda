"""The amounts of a promotion in other currencies than its own.

Each entry of ``amounts`` gives every rule of the promotion that is an amount anew, so that no number of one currency is
ever read as one of another. A plain number stands for the only one; a promotion that has none has empty entries. A
percentage may be given anew; where it is not, it is the same in each currency.
Errors: ``DocumentError``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from promo_engine.checks import check_most
from promo_engine.documents import Document, DocumentError, json_type

MAX_CURRENCIES = 200
"""No promotion is in more: ISO 4217 lists fewer."""


def split_amounts(document: object) -> tuple[object, object]:
    """Return rules without their ``amounts``, and these; an empty object where there are none."""
    if not isinstance(document, Mapping) or "amounts" not in document:
        return document, {}
    return {name: value for name, value in document.items() if name != "amounts"}, document["amounts"]


def entries_of(amounts: object) -> Mapping[str, Any]:
    """Return ``amounts`` by currency code."""
    if not isinstance(amounts, Mapping):
        raise DocumentError("amounts", f"must be an object of amounts by currency, not {json_type(amounts)}")
    check_most(len(amounts), MAX_CURRENCIES, "amounts", "currencies")
    return amounts


def read_entry(entry: object, names: Sequence[str], may: Sequence[str] = ()) -> Document:
    """Return the amounts of one currency by the rules that they are of; ``may`` are rules that it can leave out.

    Raises:
        DocumentError: they are not those that the promotion has, by ``names``.

    >>> read_entry(11, ["discount_value"])
    {'discount_value': 11}
    >>> read_entry(11, ["discount_value", "min_purchase_amount"])
    Traceback (most recent call last):
    promo_engine.documents.DocumentError: must be an object of discount_value, min_purchase_amount, not a number
    """
    listed = ", ".join(names)
    if not isinstance(entry, Mapping):
        if json_type(entry).startswith("a number") and len(names) == 1:
            return {names[0]: entry}
        expected = f"a number or an object of {listed}" if len(names) == 1 else f"an object of {listed}"
        raise DocumentError("", f"must be {expected if names else 'an empty object'}, not {json_type(entry)}")
    for name in names:
        if name not in entry:
            raise DocumentError(name, "is required: the promotion has such an amount")
    for name in entry:
        if name not in names and name not in may:
            has = ", ".join([*names, *may]) or "none"
            raise DocumentError(str(name), f"is not an amount of the promotion; it has {has}")
    return dict(entry)
