"""What belongs to one shopper or one code and is therefore not in the ruleset: uses left, codes, value stores.

Source: CHECKOUT.md "Entitlements". A promotion, or a code, that needs one which is not there is ``cannot_verify``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from promo_engine.checks import MAX_TEXT, check_text
from promo_engine.documents import Document, DocumentError, join, read_object
from promo_engine.value_store import ValueStore, read_value_stores, write_value_stores

_COUNTS = ("total", "customer", "daily", "budget")


@dataclass(frozen=True, slots=True)
class UsesLeft:
    """How often a promotion may still be used, and how many minor units it may still take off.

    ``None`` where it has no such limit.
    """

    total: int | None = None
    customer: int | None = None
    daily: int | None = None
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class KnownCode:
    """What a code stands for that is not in the ruleset, and how often it may still be used; None: without limit.

    That is a promotion, or with ``is_value_store`` the value store of this id.
    """

    promotion_id: str
    left: int | None = None
    is_value_store: bool = False

    @property
    def is_used_up(self) -> bool:
        """Whether it is worth nothing any more."""
        return self.left is not None and self.left <= 0


NO_CODES: Mapping[str, KnownCode | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entitlements:
    """Uses left, by promotion id; codes that are not in the ruleset, by their form; value stores in the order of use.

    A code that was looked up and is nobody's is there with None. ``values`` are those of the customer and of the codes;
    None where nothing is known of them.
    """

    uses: Mapping[str, UsesLeft] = field(default_factory=dict)
    codes: Mapping[str, KnownCode | None] = field(default_factory=lambda: NO_CODES)
    values: Sequence[ValueStore] | None = None


def may_be_known(form: str) -> bool:
    """Whether anybody need be asked about a code of this form: what shoppers enter may be anything.

    >>> [may_be_known(form) for form in ("xmas-7", "x" * 256, chr(0), chr(0xD800))]
    [True, False, False, False]
    """
    return len(form) <= MAX_TEXT and form.isprintable()


UNKNOWN = Entitlements()
"""Nothing is known: the API could not be asked."""


def read_entitlements(document: object) -> Entitlements:
    """Read an entitlements document.

    >>> read_entitlements({"uses": {"promo_1": {"total": 3}}}).uses["promo_1"].total
    3
    >>> read_entitlements({"uses": {}, "codes": {"xmas-7": {"promotion": "promo_1", "left": 1}}}).codes["xmas-7"].left
    1
    """
    parts = read_object(document, "", required=["uses"], optional=["codes", "values"])
    uses, codes = parts["uses"], parts.get("codes", NO_CODES)
    for name, part in (("uses", uses), ("codes", codes)):
        if not isinstance(part, Mapping):
            raise DocumentError(name, "must be an object")
    return Entitlements(
        {promotion: _uses_left(left, promotion) for promotion, left in uses.items()},
        {form: _known_code(known, form) for form, known in codes.items()} if codes else NO_CODES,
        read_value_stores(parts["values"], "values") if "values" in parts else None,
    )


def write_entitlements(entitlements: Entitlements) -> Document:
    """Write the canonical document of entitlements; ``codes`` where there are any, ``values`` where they are known."""
    document: Document = {}
    document["uses"] = {
        promotion: {count: getattr(left, count) for count in _COUNTS} for promotion, left in entitlements.uses.items()
    }
    if entitlements.codes:
        document["codes"] = {form: known and _written_code(known) for form, known in entitlements.codes.items()}
    if entitlements.values is not None:
        document["values"] = write_value_stores(entitlements.values)
    return document


def _written_code(known: KnownCode) -> Document:
    if known.is_value_store:
        return {"value_store": known.promotion_id}
    return {"promotion": known.promotion_id, "left": known.left}


def _uses_left(document: object, promotion: str) -> UsesLeft:
    path = join("uses", promotion)
    counts = read_object(document, path, optional=_COUNTS)
    for name, count in counts.items():
        _check_count(count, join(path, name))
    return UsesLeft(**counts)


def _known_code(document: object, form: str) -> KnownCode | None:
    if document is None:
        return None
    path = join("codes", form)
    if isinstance(document, Mapping) and "value_store" in document:
        own_id = read_object(document, path, required=["value_store"])["value_store"]
        check_text(own_id, join(path, "value_store"))
        return KnownCode(own_id, is_value_store=True)
    parts = read_object(document, path, required=["promotion"], optional=["left"])
    if not isinstance(parts["promotion"], str):
        raise DocumentError(join(path, "promotion"), "must be the id of a promotion")
    left = parts.get("left")
    _check_count(left, join(path, "left"))
    return KnownCode(parts["promotion"], left)


def _check_count(count: object, path: str) -> None:
    if count is not None and (not isinstance(count, int) or isinstance(count, bool)):
        raise DocumentError(path, "must be a whole number or null")
