"""Where the cart stands in a shop's JSON, declaratively: what is read, and what prices are written back to.

Amounts are minor units (integers), or major units (numbers or strings such as ``59.90``), and are written back as they
stood. ``promo_middleware.paths`` has the paths; those of a line or a shipping entry are relative to it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, TypeAlias

from promo_engine import Cart, Currency
from promo_middleware import paths, reading, writing
from promo_middleware.amounts import Amounts, Scale
from promo_middleware.errors import ConfigurationError, MappingError
from promo_middleware.tax import Rates, Taxes, rate

Percent: TypeAlias = str | Decimal
"""The path of a tax rate in percent, or one rate for all, as ``Decimal("19")``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipments:
    """Where a cart with several shipping entries keeps them; paths within an entry are relative to it.

    ``total`` is what all of them come to, in the cart. Without an ``id`` an entry's place names it.
    """

    entries: str | None = "shipments"
    id: str | None = "id"
    price: str = "price"
    method: str | None = None
    tax: str | None = None
    tax_rate: Percent | None = None
    total: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CartMapping:
    """Where a shop's cart keeps its parts; ``None`` for a part that it does not have.

    Lines + shipping + ``other`` - the shop's own discounts, and tax where prices are net, must come to ``total``, else
    the response goes out unchanged. docs/mapping.md has every field with an example.

    Args:
        currency: a path, or a fixed currency as ``Currency.of("EUR")``.
        unit_price: of one unit, before the shop's own discounts; None where the shop states ``line_price`` alone.
        line_price: of all units, before the shop's own discounts.
        floor_price: below which no promotion takes a unit.
        line_own_discount: what the shop itself takes off a line.
        own_discount_in_line_total: ``line_total`` has the shop's own discount off already.
        line_total, line_discount: written: what is paid for the line, and what is off it.
        line_tax, line_excl_tax, line_incl_tax: written: the line's tax, its total without and with it.
        tax_rate: the line's, in percent.
        shipping: the one amount of shipping (written), or ``Shipments``.
        other: amounts that no promotion touches: fees, gift wrap.
        own_discounts: what the shop itself takes off the cart, with either sign.
        discount_total: written: what promotions take off, with the shop's own where it is one of ``own_discounts``.
        subtotal: written: what all lines come to, before or after the shop's own discounts, as it states it.
        tax_total, total, total_excl_tax: written.
        order_total: in the response of a checkout: what was charged.
        checkout_reference: in the request of a checkout: its reference, as ``path:cart``, ``cookie:checkout``,
            ``header:X-Checkout`` or ``body:order.id``; needed where what is charged is held before the handler.
        block: where the block is added: a name, or a path whose last name the shop does not have.
    """

    amounts: Amounts = "minor"
    currency: str | Currency = "currency"
    lines: str = "lines"
    line_id: str = "id"
    sku: str | None = "sku"
    product_id: str | None = None
    unit_price: str | None = "unit_price"
    line_price: str | None = None
    quantity: str = "quantity"
    categories: str | None = None
    tags: str | None = None
    discountable: str | None = None
    floor_price: str | None = None
    line_own_discount: str | None = None
    own_discount_in_line_total: bool = False
    line_total: str | None = None
    line_discount: str | None = None
    line_tax: str | None = None
    line_excl_tax: str | None = None
    line_incl_tax: str | None = None
    tax_rate: Percent | None = None
    shipping: str | Shipments | None = None
    shipping_method: str | None = None
    shipping_tax: str | None = None
    shipping_tax_rate: Percent | None = None
    other: Sequence[str] = ()
    other_tax_rate: Percent | None = None
    own_discounts: Sequence[str] = ()
    discount_total: str | None = None
    subtotal: str | None = None
    tax_total: str | None = None
    total: str = "total"
    total_excl_tax: str | None = None
    codes: str | None = None
    customer_id: str | None = None
    guest_key: str | None = None
    country: str | None = None
    region: str | None = None
    channel: str | None = None
    payment_method: str | None = None
    order_total: str | None = None
    checkout_reference: str | None = None
    block: str = "promotions"
    shipments: Shipments | None = field(init=False, repr=False, compare=False)
    """Where the shipping entries are, one or several."""
    line_parts: paths.Several = field(init=False, repr=False, compare=False)
    """Where in a line stands what is read of it, in the order in which ``promo_middleware.reading`` takes it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "shipments", self._shipments())
        if self.amounts not in ("minor", "major"):
            raise ConfigurationError(f"amounts must be 'minor' or 'major', not {self.amounts!r}")
        if (self.unit_price is None) == (self.line_price is None):
            raise ConfigurationError("give either unit_price or line_price: the price of a unit, or of all of them")
        if self.own_discount_in_line_total and (self.line_total is None or self.line_own_discount is not None):
            raise ConfigurationError("own_discount_in_line_total needs line_total, and excludes line_own_discount")
        for name in ("other", "own_discounts"):
            if isinstance(getattr(self, name), str):
                raise ConfigurationError(f"{name} must be a list of paths, as [{getattr(self, name)!r}]")
        for name, path in self._paths():
            paths.steps(path)
            if name in _WRITTEN:
                paths.check_written(name, path)
            elif name not in _SEVERAL:
                paths.check_one(name, path)
        paths.name_of_new(self.block)
        for name in ("tax_rate", "shipping_tax_rate", "other_tax_rate"):
            _check_percent(name, getattr(self, name))
        if self.shipments is not None:
            _check_percent("shipping.tax_rate", self.shipments.tax_rate)
        named = (self.line_id, self.sku, self.product_id, self.unit_price, self.quantity)
        others = (self.categories, self.tags, self.discountable, self.floor_price)
        object.__setattr__(self, "line_parts", paths.Several(*named, *others))

    @property
    def states_charge(self) -> bool:
        """Whether a checkout's response says what was charged."""
        return self.order_total is not None

    def _shipments(self) -> Shipments | None:
        if not isinstance(self.shipping, str):
            return self.shipping
        return Shipments(
            entries=None,
            price=self.shipping,
            method=self.shipping_method,
            tax=self.shipping_tax,
            tax_rate=self.shipping_tax_rate,
        )

    @property
    def cuts(self) -> bool:
        """Whether a line's price may not be its unit price times its quantity."""
        is_reduced = self.own_discount_in_line_total or self.line_own_discount is not None or bool(self.own_discounts)
        return is_reduced or self.line_price is not None

    @property
    def writes_lines(self) -> bool:
        """Whether anything of a line depends on what is off it."""
        amounts = self.line_total or self.line_discount or self.line_tax or self.line_excl_tax or self.line_incl_tax
        return amounts is not None or self.states_tax

    @property
    def states_tax(self) -> bool:
        """Whether the cart states the tax of its total."""
        return self.tax_total is not None or self.total_excl_tax is not None

    def read(self, document: Any) -> Cart:
        """Read the cart out of a shop's JSON.

        Raises:
            MappingError: names the path that does not fit.
        """
        return reading.cart_of(self, document)

    def stated_total(self, document: Any, currency: Currency) -> int:
        """Return the shop's own total in minor units: what the mapping must reproduce."""
        return Scale(self.amounts, currency).at(document, self.total)

    def rates(self, document: Any) -> tuple[Rates, Rates]:
        """Return the tax rates of lines and of shipping entries, by id."""
        return reading.rates_of(self, document)

    def charged(self, order: Any, currency: Currency | None) -> int | None:
        """Return what a checkout's response says was charged, in minor units; None without ``order_total``.

        Raises:
            MappingError: no amount stands there.
        """
        if self.order_total is None:
            return None
        if currency is None and self.amounts == "major":
            return reading.scale_of(self, order).at(order, self.order_total)
        return Scale(self.amounts, currency or _ANY).at(order, self.order_total)

    def write(self, document: Any, priced: Mapping[str, Any], taxes: Taxes | None = None) -> None:
        """Put the prices of an evaluation document in the place of the shop's; ``taxes`` where prices are net."""
        writing.write_cart(self, document, priced, taxes)

    def check_lines(self, document: Any, currency: Currency) -> None:
        """Check that what the shop says of a line's total, and of all lines, is what their parts come to.

        Raises:
            MappingError: says by how much it is off.
        """
        if self.subtotal is not None:
            reading.check_subtotal(self, document, Scale(self.amounts, currency), self.subtotal)
        if self.line_total is None or self.own_discount_in_line_total:
            return
        scale = Scale(self.amounts, currency)
        for i, line in enumerate(paths.listed(document, self.lines)):
            try:
                price, stated = reading.line_price(self, line, scale), scale.at(line, self.line_total)
                if price != stated:
                    problem = f"the line comes to {price}, the shop says {stated}: off by {stated - price}"
                    raise MappingError(self.line_total, problem)
            except MappingError as error:
                raise error.under(f"{self.lines}[{i}]") from None

    def changed(self, **changes: Any) -> "CartMapping":
        """Return this mapping with other fields; of a preset, what one's own shop has elsewhere."""
        return replace(self, **changes)

    def _paths(self) -> Iterator[tuple[str, str]]:
        """Yield every path with the name of its field."""
        given = [one.name for one in fields(self) if one.init]
        plain = [(name, getattr(self, name)) for name in given if name not in _NO_PATHS]
        if (shipments := self.shipments) is not None:
            plain += [(f"shipping.{one.name}", getattr(shipments, one.name)) for one in fields(shipments)]
        for name, path in plain:
            for one in [path] if isinstance(path, str) else path if isinstance(path, list | tuple) else ():
                if not (one == "" and name == "lines"):
                    yield name, one


_ANY = Currency("ANY", 0)
"""Minor units are minor units."""
_NUMBER = re.compile(r"\d+(\.\d+)?")
_NO_PATHS = {"amounts", "block", "checkout_reference"}
_SEVERAL = {"other", "own_discounts", "codes"}
_WRITTEN = {
    *("line_total", "line_discount", "line_tax", "line_excl_tax", "line_incl_tax", "discount_total"),
    *("subtotal", "tax_total", "total", "total_excl_tax", "shipping.price", "shipping.tax", "shipping.total"),
}


def _check_percent(name: str, percent: object) -> None:
    """Check a tax rate that is the same for all, and that none is taken for the path of one."""
    if percent is None or (isinstance(percent, str) and not _NUMBER.fullmatch(percent)):
        return
    if isinstance(percent, str):
        raise ConfigurationError(f'{name}: {percent!r} is the path of a rate: a fixed rate is Decimal("{percent}")')
    try:
        rate(percent, name)
    except MappingError as error:
        raise ConfigurationError(str(error)) from None
