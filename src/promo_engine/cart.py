"""The cart: frozen values, checked when made, and their canonical document.

Source: PRICING.md sections 2 and 9. Errors: ``DocumentError`` with the path of the field.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from promo_engine.basket import Basket, Shopper
from promo_engine.checks import (
    NO_TEXTS,
    all_of,
    check_amount,
    check_flag,
    check_most,
    check_text,
    check_unique,
    check_whole,
    set_field,
    text_map,
    texts,
)
from promo_engine.documents import (
    Document,
    DocumentError,
    json_type,
    read_instant,
    read_list,
    read_object,
    write_instant,
)
from promo_engine.money import MAX_AMOUNT, Currency

MAX_LINES = 1_000
MAX_UNITS = 1_000_000
MAX_CODES = 10

NO_MOMENT = datetime.min.replace(tzinfo=UTC)
"""The moment of a cart that nobody has stamped yet."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, init=False)
class Line:
    """One line of a cart: a positive number of equal units.

    ``unit_price`` is in minor units of the cart's currency, with or without tax as the shop's prices are. A weighed
    good is quantity 1 at its weighed price. ``discountable=False`` (a gift card) is never discounted and never counts
    toward a threshold. ``floor_price`` is the price of a unit below which no promotion takes it, whatever its rules.

    >>> Line(id="l1", sku="MILK", unit_price=129, quantity=3, categories=["dairy"]).total
    387
    """

    id: str
    unit_price: int
    quantity: int
    sku: str
    product_id: str
    categories: Sequence[str]
    tags: Sequence[str]
    attributes: Mapping[str, str]
    discountable: bool
    floor_price: int | None

    def __init__(  # noqa: PLR0913 - one of each field
        self,
        *,
        id: str,  # noqa: A002 - the field's own name
        unit_price: int,
        quantity: int = 1,
        sku: str = "",
        product_id: str = "",
        categories: Sequence[str] = (),
        tags: Sequence[str] = (),
        attributes: Mapping[str, str] = NO_TEXTS,
        discountable: bool = True,
        floor_price: int | None = None,
    ) -> None:
        check_text(id, "id")
        check_amount(unit_price, "unit_price")
        check_whole(quantity, "quantity", least=1, most=MAX_UNITS)
        check_text(sku, "sku", least=0)
        check_text(product_id, "product_id", least=0)
        check_flag(discountable, "discountable")
        if floor_price is not None:
            check_amount(floor_price, "floor_price")
        _set_id(self, id)
        _set_unit_price(self, unit_price)
        _set_quantity(self, quantity)
        _set_sku(self, sku)
        _set_product_id(self, product_id)
        _set_categories(self, texts(categories, "categories"))
        _set_tags(self, texts(tags, "tags"))
        _set_attributes(self, text_map(attributes, "attributes"))
        _set_discountable(self, discountable)
        _set_floor_price(self, floor_price)

    @property
    def total(self) -> int:
        """The list price of all units, in minor units."""
        return self.unit_price * self.quantity


_setters = [getattr(Line, one.name).__set__ for one in fields(Line)]
_set_id, _set_unit_price, _set_quantity, _set_sku, _set_product_id, *_others = _setters
_set_categories, _set_tags, _set_attributes, _set_discountable, _set_floor_price = _others
"""What sets the slots of a line while it is made: in half the time of ``set_field``, of what a cart has most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """One shipping entry of a cart; ``price`` in minor units."""

    id: str
    method: str = ""
    price: int

    def __post_init__(self) -> None:
        check_text(self.id, "id")
        check_text(self.method, "method", least=0)
        check_amount(self.price, "price")


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who buys, as the storefront's own session says: never what the shopper's request claims.

    A guest has no ``id``; ``guest_key`` (usually the e-mail) is what a guest's uses are counted by. It never enters a
    document in clear: whoever holds the company's key replaces it by its keyed hash, ``guest``.
    """

    id: str | None = None
    segments: Sequence[str] = ()
    loyalty_tier: str | None = None
    order_count: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    guest: str | None = None
    guest_key: str | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("id", "loyalty_tier", "guest", "guest_key"):
            if getattr(self, name) is not None:
                check_text(getattr(self, name), name)
        if self.id is not None and (self.guest is not None or self.guest_key is not None):
            raise DocumentError("guest_key", "is for a guest: a customer with an id has none")
        set_field(self, "segments", texts(self.segments, "segments"))
        if self.order_count is not None:
            check_whole(self.order_count, "order_count", least=0, most=MAX_UNITS)
        set_field(self, "facts", text_map(self.facts, "facts"))

    @property
    def is_countable(self) -> bool:
        """Whether uses can be counted for this customer."""
        return not (self.id is None and self.guest is None and self.guest_key is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where the goods go; what geographic restrictions look at."""

    country: str = ""
    region: str = ""

    def __post_init__(self) -> None:
        check_text(self.country, "country", least=0)
        check_text(self.region, "region", least=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """A cart at one moment: ``at`` is the moment of evaluation, always passed in.

    At most 1,000 lines, 1,000,000 units and 10 codes. Codes of the same form are one.

    >>> milk = Line(id="l1", sku="MILK", unit_price=129, quantity=3)
    >>> Cart(currency=Currency.of("USD"), lines=[milk], codes=["Spring20", "SPRING20"]).codes
    ('SPRING20',)
    """

    currency: Currency
    lines: Sequence[Line]
    shipping: Sequence[Shipping] = ()
    customer: Customer | None = None
    codes: Sequence[str] = ()
    destination: Destination | None = None
    channel: str = ""
    payment_method: str = ""
    at: datetime = NO_MOMENT
    total: int = field(init=False, repr=False, compare=False)
    """Lines and shipping at list price, in minor units."""
    basket: Basket = field(init=False, repr=False, compare=False)
    """The lines and shipping entries as promotions see them: sorted once, when the cart is made."""
    shopper: Shopper | None = field(init=False, repr=False, compare=False)
    """The customer as promotions see them."""

    def __post_init__(self) -> None:
        set_field(self, "lines", all_of(self.lines, Line, "lines"))
        check_most(len(self.lines), MAX_LINES, "lines")
        check_most(sum([line.quantity for line in self.lines]), MAX_UNITS, "lines", "units")
        check_unique([line.id for line in self.lines], "lines")
        if self.shipping != ():
            set_field(self, "shipping", all_of(self.shipping, Shipping, "shipping"))
            check_most(len(self.shipping), MAX_LINES, "shipping")
            check_unique([entry.id for entry in self.shipping], "shipping")
        if self.codes != ():
            set_field(self, "codes", _distinct_codes(self.codes))
            check_most(len(self.codes), MAX_CODES, "codes")
        check_text(self.channel, "channel", least=0)
        check_text(self.payment_method, "payment_method", least=0)
        prices = [line.unit_price * line.quantity for line in self.lines] + [entry.price for entry in self.shipping]
        set_field(self, "total", sum(prices))
        if self.total > MAX_AMOUNT:
            raise DocumentError("lines", f"must come to at most {MAX_AMOUNT} minor units")
        _check_aware(self.at)
        set_field(self, "basket", Basket(self.lines, self.shipping))
        set_field(self, "shopper", _shopper(self.customer))

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how to copy and pickle it: its basket is made anew."""
        return _cart, ({one.name: getattr(self, one.name) for one in fields(self) if one.init},)

    def moved_to(self, at: datetime) -> "Cart":
        """Return the same cart at another moment."""
        _check_aware(at)
        return self._with(at=at)

    def of_customer(self, customer: Customer | None) -> "Cart":
        """Return the same cart, bought by this customer."""
        return self._with(customer=customer, shopper=_shopper(customer))

    def _with(self, **changes: object) -> "Cart":
        """Return the same cart with other values that are lawful; all else was checked when it was made."""
        other = object.__new__(Cart)
        for name in _NAMES:
            set_field(other, name, changes[name] if name in changes else getattr(self, name))
        return other


_NAMES = [one.name for one in fields(Cart)]


def _cart(values: Mapping[str, Any]) -> Cart:
    return Cart(**values)


def _shopper(customer: Customer | None) -> Shopper | None:
    return None if customer is None else Shopper.of(customer)


def _check_aware(at: datetime) -> None:
    if at.tzinfo is None:
        raise DocumentError("at", "must be an aware datetime")


def code_form(code: str) -> str:
    """Return the form in which codes are compared: NFKC, casefold, NFKC, trim.

    >>> code_form(f" {chr(0xFF33)}pring20 ") == code_form("SPRING20")
    True
    """
    folded = unicodedata.normalize("NFKC", code).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def read_cart(document: object) -> Cart:
    """Read a canonical cart document.

    Raises:
        DocumentError: names the first field that is not lawful.

    >>> read_cart({"currency": "USD", "lines": [{"id": "a", "unit_price": 5, "quantity": 0}]})
    Traceback (most recent call last):
    promo_engine.documents.DocumentError: lines[0].quantity: must be a whole number from 1 to 1000000, not 0
    """
    optional = ["shipping", "customer", "codes", "destination", "channel", "payment_method", "at"]
    cart = dict(read_object(document, "", required=["currency", "lines"], optional=["exponent", *optional]))
    cart["currency"] = read_currency(cart["currency"], cart.pop("exponent", None))
    cart["lines"] = _read_each(cart["lines"], "lines", _LINE, Line)
    cart["shipping"] = _read_each(cart.get("shipping", ()), "shipping", _SHIPPING, Shipping)
    cart["codes"] = read_list(cart.get("codes", ()), "codes")
    if cart.get("customer") is not None:
        cart["customer"] = read_customer(cart["customer"])
    if cart.get("destination") is not None:
        cart["destination"] = _build(cart["destination"], "destination", _DESTINATION, Destination)
    if "at" in cart:
        cart["at"] = read_instant(cart["at"], "at")
    return Cart(**cart)


def read_customer(document: object) -> Customer:
    """Read the customer of a cart document."""
    return _build(document, "customer", _CUSTOMER, Customer)


def read_currency(code: object, exponent: object = None) -> Currency:
    """Read a currency: an ISO code alone, or a private one with its exponent."""
    if not isinstance(code, str):
        raise DocumentError("currency", f"must be a string, not {json_type(code)}")
    if exponent is None:
        return Currency.of(code)
    check_whole(exponent, "exponent", least=0, most=8)
    return Currency.interned(code, exponent)  # type: ignore[arg-type]


def write_cart(cart: Cart) -> Document:
    """Write the canonical document of a cart: sorted lists, defaults included, no guest key."""
    return {
        "currency": cart.currency.code,
        "exponent": cart.currency.exponent,
        "lines": [_write_line(line) for line in sorted(cart.lines, key=lambda line: line.id)],
        "shipping": [
            {"id": entry.id, "method": entry.method, "price": entry.price}
            for entry in sorted(cart.shipping, key=lambda entry: entry.id)
        ],
        "customer": None if cart.customer is None else _write_customer(cart.customer),
        "codes": sorted(cart.codes),
        "destination": None
        if cart.destination is None
        else {"country": cart.destination.country, "region": cart.destination.region},
        "channel": cart.channel,
        "payment_method": cart.payment_method,
        "at": write_instant(cart.at),
    }


def _write_line(line: Line) -> Document:
    floor = {} if line.floor_price is None else {"floor_price": line.floor_price}
    return {
        "id": line.id,
        "sku": line.sku,
        "product_id": line.product_id,
        "unit_price": line.unit_price,
        "quantity": line.quantity,
        "categories": list(line.categories),
        "tags": list(line.tags),
        "attributes": dict(line.attributes),
        "discountable": line.discountable,
        **floor,
    }


def _write_customer(customer: Customer) -> Document:
    return {
        "id": customer.id,
        "segments": list(customer.segments),
        "loyalty_tier": customer.loyalty_tier,
        "order_count": customer.order_count,
        "facts": dict(customer.facts),
        "guest": customer.guest,
    }


# What each part of a cart document must and may hold.
_LINE = (
    ["id", "unit_price"],
    ["quantity", "sku", "product_id", "categories", "tags", "attributes", "discountable", "floor_price"],
)
_SHIPPING = (["id", "price"], ["method"])
_CUSTOMER: tuple[list[str], list[str]] = (
    [],
    ["id", "segments", "loyalty_tier", "order_count", "facts", "guest"],
)
_DESTINATION: tuple[list[str], list[str]] = ([], ["country", "region"])


def _read_each(documents: object, path: str, keys: tuple[list[str], list[str]], build: type[T]) -> list[T]:
    items = read_list(documents, path)
    return [_build(item, f"{path}[{i}]", keys, build) for i, item in enumerate(items)]


def _build(document: object, path: str, keys: tuple[list[str], list[str]], build: type[T]) -> T:
    required, optional = keys
    values = read_object(document, path, required=required, optional=optional)
    try:
        return build(**values)
    except DocumentError as error:
        raise error.under(path) from None


def _distinct_codes(codes: object) -> tuple[str, ...]:
    """Keep one spelling of each code, whatever the order they came in: the smallest, which has most capitals."""
    first: dict[str, str] = {}
    given = texts(codes, "codes", keep_order=True)
    for i, code in enumerate(given):
        form = code_form(code)
        if not form:
            raise DocumentError(f"codes[{i}]", "must not be blank")
        first[form] = min(code, first.get(form, code))
    return tuple(first.values())
