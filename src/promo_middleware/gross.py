"""The tax inside of gross prices: what the shop states of it, and what promotions leave of it.

Where the shop takes something off the whole cart itself, its lines state their tax before that or after it; which of
the two, is told by the tax that the total states. Amounts are minor units. Source: CHECKOUT.md "Tax"; docs/decisions,
page 34.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from promo_engine import Cart
from promo_middleware import paths
from promo_middleware.amounts import Scale
from promo_middleware.errors import MappingError
from promo_middleware.reading import line_price, parcels, scale_of
from promo_middleware.tax import inside, rate, scaled, whole_lines

if TYPE_CHECKING:
    from promo_middleware.mapping import CartMapping, Percent, Shipments


class Part(NamedTuple):
    """A line or shipping entry: a price, the tax inside of it, and what the shop's own discounts leave of the price.

    ``percent`` tells the tax of other prices, in ``holder`` where it is a path; without it they have it in proportion.
    """

    price: int
    tax: int
    left: int
    percent: "Percent | None"
    holder: Any

    def tax_in(self, price: int) -> int:
        """Return the tax inside of another price of this part."""
        if self.percent is None or price == self.price:
            return scaled(self.tax, self.price, price)
        return _by_rate(price, self.percent, self.holder)


class Left(NamedTuple):
    """What the shop's own discounts leave of each line and shipping entry, by id."""

    lines: Iterable[tuple[str, int]]
    shipping: Mapping[str, int]

    @classmethod
    def of_cart(cls, cart: Cart) -> "Left":
        """Return what a cart's parts cost before promotions."""
        return cls([(line.id, line.total) for line in cart.lines], {entry.id: entry.price for entry in cart.shipping})

    @classmethod
    def of_priced(cls, priced: Mapping[str, Any]) -> "Left":
        """Return what an evaluation document's parts cost before promotions."""
        lines = [(one["id"], one["before"]) for one in priced.get("lines", ())]
        return cls(lines, {one["id"]: one["before"] for one in priced["shipping"]})


@dataclass(frozen=True, slots=True)
class TaxInside:
    """The tax inside of a shop's cart, part by part, and what its total states: ``tax`` inside of ``total``."""

    lines: Mapping[str, Part]
    shipping: Mapping[str, Part]
    total: int
    tax: int

    @property
    def of_parts(self) -> int:
        """What all lines and shipping entries have inside, the shop's own discounts off."""
        return sum(part.tax_in(part.left) for part in self._parts())

    @property
    def unexplained(self) -> int:
        """How much of the total's tax neither the parts nor other amounts, which state none, can have inside."""
        rest = self.tax - self.of_parts
        return max(0, -rest, rest - self._others)

    def tax_in(self, price: int, lines: Mapping[str, int], shipping: Mapping[str, int]) -> int:
        """Return the tax inside of a total of which discounts on lines and shipping leave ``price``.

        It changes as the tax of its parts does. What it has beyond them is the tax of other amounts, as far as these
        go; the rest is the shop's rounding, and shrinks with the price of the parts.
        """
        of_parts, others = self.of_parts, self._others
        of_others = min(max(self.tax - of_parts, 0), others)
        rounded = self.tax - of_parts - of_others
        rest = scaled(abs(rounded), self.total - others, price - others)
        left = sum(part.tax_in(part.left - lines[name]) for name, part in self.lines.items())
        left += sum(part.tax_in(part.left - shipping[name]) for name, part in self.shipping.items())
        return min(max(left + of_others + (rest if rounded > 0 else -rest), 0), price)

    @property
    def _others(self) -> int:
        """What other amounts come to: no promotion touches them."""
        return self.total - sum(part.left for part in self._parts())

    def _parts(self) -> Iterator[Part]:
        yield from self.lines.values()
        yield from self.shipping.values()


def is_stated(mapping: "CartMapping") -> bool:
    """Whether a cart of gross prices states the tax inside of them, or prices without it."""
    of_lines = mapping.line_tax or mapping.line_excl_tax or mapping.line_incl_tax
    shipments = mapping.shipments
    return of_lines is not None or mapping.states_tax or (shipments is not None and shipments.tax is not None)


def read_tax(mapping: "CartMapping", document: Any, left: Left) -> TaxInside:
    """Read the tax inside of a cart, its lines before or after the shop's own discounts, as fits its total better.

    Raises:
        MappingError: names the path that does not fit.
    """
    after = _read(mapping, document, left, is_before=False)
    if not (mapping.own_discounts and mapping.states_tax):
        return after
    return min(after, _read(mapping, document, left, is_before=True), key=lambda one: one.unexplained)


def check_tax(mapping: "CartMapping", document: Any, cart: Cart) -> None:
    """Check that the tax of the total is that of its parts, up to one minor unit for each unit and shipping entry.

    Raises:
        MappingError: says by how much it is off.
    """
    found = read_tax(mapping, document, Left.of_cart(cart))
    path = mapping.tax_total or mapping.total_excl_tax or mapping.total
    if not 0 <= found.tax <= found.total:
        raise MappingError(path, f"the tax of the total is {found.tax}, not between 0 and the total of {found.total}")
    if found.unexplained > sum(line.quantity for line in cart.lines) + len(cart.shipping):
        problem = f"the tax inside of lines and shipping comes to {found.of_parts}, the shop says {found.tax}"
        raise MappingError(path, f"{problem}: off by {found.tax - found.of_parts}")


def _read(mapping: "CartMapping", document: Any, left: Left, *, is_before: bool) -> TaxInside:
    scale = scale_of(mapping, document)
    lines = dict(_lines(mapping, document, scale, left, is_before=is_before)) if mapping.writes_lines else {}
    shipping = {}
    for where, name, holder, entry in parcels(mapping, document):
        try:
            price = scale.at(holder, entry.price) if is_before else left.shipping[name]
            tax = _tax_of_shipping(holder, scale, entry, price)
        except MappingError as error:
            raise error.under(where) from None
        shipping[name] = Part(price, tax, left.shipping[name], entry.tax_rate, holder)
    return TaxInside(lines, shipping, scale.at(document, mapping.total), _tax_of_total(mapping, document, scale))


def _lines(
    mapping: "CartMapping", document: Any, scale: Scale, left: Left, *, is_before: bool
) -> Iterator[tuple[str, Part]]:
    holders = {str(paths.value(line, mapping.line_id)): line for line in paths.listed(document, mapping.lines)}
    amounts = whole_lines(left.lines, holders)
    for i, (name, line) in enumerate(holders.items()):
        try:
            price = line_price(mapping, line, scale) if is_before else amounts[name]
            tax = _tax_of_line(mapping, line, scale, price)
        except MappingError as error:
            raise error.under(f"{mapping.lines}[{i}]") from None
        yield name, Part(price, tax, amounts[name], mapping.tax_rate, line)


def _tax_of_line(mapping: "CartMapping", line: Any, scale: Scale, price: int) -> int:
    """Return the tax that a line's price has inside, as the shop states it, or by its rate."""
    if mapping.line_tax is not None:
        return scale.of_at_least_zero(line, mapping.line_tax)
    if mapping.line_excl_tax is not None:
        return max(0, price - scale.at(line, mapping.line_excl_tax))
    return _by_rate(price, mapping.tax_rate, line)


def _tax_of_shipping(holder: Any, scale: Scale, entry: "Shipments", price: int) -> int:
    if entry.tax is not None:
        return scale.of_at_least_zero(holder, entry.tax)
    return _by_rate(price, entry.tax_rate, holder)


def _tax_of_total(mapping: "CartMapping", document: Any, scale: Scale) -> int:
    if mapping.tax_total is not None:
        return scale.at(document, mapping.tax_total)
    if mapping.total_excl_tax is not None:
        return scale.at(document, mapping.total) - scale.at(document, mapping.total_excl_tax)
    return 0


def _by_rate(price: int, percent: "Percent | None", holder: Any) -> int:
    if percent is None:
        return 0
    at = paths.value(holder, percent) if isinstance(percent, str) else percent
    return inside(price, rate(at, percent if isinstance(percent, str) else "tax_rate"))
