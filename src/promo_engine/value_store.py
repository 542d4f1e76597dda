"""A value store as a cart sees it: what it gives at most, and for what. Amounts are minor units of its currency.

It comes in as an entitlement, in the order of use, and says by whom it is reached: by the customer whom it is attached
to, or by a code that was entered. With ``is_discount`` it is a promotion of that shopper's, else a credit, which pays
what is left. Source: PRICING.md section 3.5.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from promo_engine.cart import Cart, write_cart
from promo_engine.checks import check_flag, check_text, check_whole
from promo_engine.documents import Document, DocumentError, canonical_json, join, read_list, read_object
from promo_engine.money import MAX_AMOUNT
from promo_engine.reason import REASONS


@dataclass(frozen=True, slots=True)
class Worth:
    """What a rule makes of a value store: at most so much for each line and shipping entry, by id.

    It holds for the goods that it was computed for, and for no others: ``goods`` names them.
    """

    goods: str
    lines: Mapping[str, int] = field(default_factory=dict)
    shipping: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ValueStore:
    """A value store that a shopper may use: ``amount`` is what it gives at most, to all lines together.

    ``code`` is the form of the code that it is reached by, None where it is the customer's. ``worth`` is there where a
    rule says for what it is good; ``against`` is the reason why nothing can be taken from it.
    """

    id: str
    currency: str
    amount: int
    is_discount: bool = False
    name: str = ""
    code: str | None = None
    worth: Worth | None = None
    against: str | None = None


def goods_of(cart: Cart) -> str:
    """Return what names the goods, prices and shipping of a cart, whoever buys them and when.

    >>> from promo_engine.testing import a_cart
    >>> goods_of(a_cart(("MILK", 500))) == goods_of(a_cart(("MILK", 500), codes=["SPRING20"]))
    True
    """
    document = write_cart(cart)
    goods = {name: document[name] for name in ("currency", "exponent", "lines", "shipping")}
    return hashlib.sha256(canonical_json(goods)).hexdigest()[:32]


def read_value_stores(document: object, path: str) -> tuple[ValueStore, ...]:
    """Read value stores in their order of use.

    Raises:
        DocumentError: names the field that is not lawful.

    >>> (gift,) = read_value_stores([{"id": "gift", "currency": "USD", "amount": 500, "discount": False}], "values")
    >>> gift.amount, gift.code
    (500, None)
    """
    return tuple(_read(one, f"{path}[{i}]") for i, one in enumerate(read_list(document, path)))


def write_value_stores(stores: Sequence[ValueStore]) -> list[Document]:
    """Write value stores; what is not said of one is left out."""
    return [_written(one) for one in stores]


def _written(store: ValueStore) -> Document:
    document: Document = {
        "id": store.id,
        "currency": store.currency,
        "amount": store.amount,
        "discount": store.is_discount,
    }
    more = {"name": store.name or None, "code": store.code, "against": store.against}
    document |= {name: value for name, value in more.items() if value is not None}
    if store.worth is not None:
        lines, shipping = dict(store.worth.lines), dict(store.worth.shipping)
        document["worth"] = {"goods": store.worth.goods, "lines": lines, "shipping": shipping}
    return document


def _read(document: object, path: str) -> ValueStore:
    required, optional = ["id", "currency", "amount", "discount"], ["name", "code", "against", "worth"]
    parts = read_object(document, path, required=required, optional=optional)
    for name in ("id", "currency"):
        check_text(parts[name], join(path, name))
    check_whole(parts["amount"], join(path, "amount"), least=0, most=MAX_AMOUNT)
    check_flag(parts["discount"], join(path, "discount"))
    for name in ("name", "code"):
        if name in parts:
            check_text(parts[name], join(path, name))
    against = parts.get("against")
    if against is not None and against not in REASONS:
        raise DocumentError(join(path, "against"), "is not a reason that we know")
    worth = _read_worth(parts["worth"], join(path, "worth")) if "worth" in parts else None
    name, code = parts.get("name", ""), parts.get("code")
    return ValueStore(parts["id"], parts["currency"], parts["amount"], parts["discount"], name, code, worth, against)


def _read_worth(document: object, path: str) -> Worth:
    parts = read_object(document, path, required=["goods", "lines", "shipping"])
    check_text(parts["goods"], join(path, "goods"))
    for part in ("lines", "shipping"):
        if not isinstance(parts[part], Mapping):
            raise DocumentError(join(path, part), "must be an object")
        for name, amount in parts[part].items():
            check_whole(amount, join(join(path, part), name), least=0, most=MAX_AMOUNT)
    return Worth(parts["goods"], parts["lines"], parts["shipping"])
