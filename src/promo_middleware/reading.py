"""From a shop's JSON to the engine's cart.

What no promotion touches (fees, gift wrap) becomes lines that are not discountable. The shop's own discounts come
before all promotions: the engine sees the prices that they leave. Where such a price does not divide into equal units,
less than one minor unit for each unit stays as a line that is not discountable. Source: docs/decisions, page 25.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from promo_engine import Cart, Currency, Customer, Destination, DocumentError, Line, Shipping, allocate
from promo_middleware import own_paths, paths
from promo_middleware.amounts import Scale, scale_in, units
from promo_middleware.codes import codes_at
from promo_middleware.errors import MappingError
from promo_middleware.tax import REST, Rates, rate

if TYPE_CHECKING:
    from promo_middleware.mapping import CartMapping, Percent, Shipments

OTHER = "other:"
"""Before a path: the other amount that stands there."""


@dataclass(slots=True)
class Priced:
    """A line, and what it costs before any promotion."""

    line: Line
    total: int


def cart_of(mapping: "CartMapping", document: Any) -> Cart:
    """Read the cart out of a shop's JSON.

    Raises:
        MappingError: names the path that does not fit.
    """
    scale = scale_of(mapping, document)
    try:
        lines, shipping = _lines(mapping, document, scale), _shipping(mapping, document, scale)
        if mapping.cuts:
            lines, shipping = _reduced(mapping, document, scale, lines, shipping)
        return Cart(
            currency=scale.currency,
            lines=[*lines, *_others(mapping, document, scale)] if mapping.other else lines,
            shipping=shipping,
            codes=codes_at(document, mapping.codes) if mapping.codes else (),
            customer=_customer(mapping, document),
            destination=_destination(mapping, document),
            channel=_text(document, mapping.channel),
            payment_method=_text(document, mapping.payment_method),
        )
    except DocumentError as error:
        raise own_paths.of_cart(mapping, document, error) from None


def scale_of(mapping: "CartMapping", document: Any) -> Scale:
    """Return how a cart writes its amounts, and in which currency."""
    if isinstance(mapping.currency, Currency):
        return Scale(mapping.amounts, mapping.currency)
    try:
        code = paths.value(document, mapping.currency)
    except MappingError as error:
        raise MappingError(error.path, error.problem + _fixed(mapping.currency)) from None
    try:
        return scale_in(mapping.amounts, code if type(code) is str else paths.text(code, mapping.currency))
    except DocumentError as error:
        raise MappingError(mapping.currency, error.problem) from None


def line_price(mapping: "CartMapping", line: Any, scale: Scale) -> int:
    """Return what a line costs, its own discount off, before any promotion."""
    price = list_price(mapping, line, scale)
    return price - own_discount_of_line(mapping, line, scale, price)


def own_discount_of_line(mapping: "CartMapping", line: Any, scale: Scale, price: int) -> int:
    """Return what the shop itself takes off a line."""
    if mapping.own_discount_in_line_total and mapping.line_total is not None:
        off, path = price - scale.at(line, mapping.line_total), mapping.line_total
    elif mapping.line_own_discount is not None:
        off, path = abs(scale.at(line, mapping.line_own_discount)), mapping.line_own_discount
    else:
        return 0
    if 0 <= off <= price:
        return off
    raise MappingError(path, f"the shop's own discount is {off}, not between 0 and the line's price of {price}")


def own_discount(mapping: "CartMapping", document: Any, scale: Scale) -> int:
    """Return what the shop itself takes off the whole cart; whether it writes 5.00 or -5.00 makes no difference."""
    found = [(path, one) for path in mapping.own_discounts for one in paths.every(document, path)]
    return sum(abs(scale.minor(one, path)) for path, one in found)


def check_subtotal(mapping: "CartMapping", document: Any, scale: Scale, path: str) -> None:
    """Check that all lines come to a subtotal: before the shop's own discounts, with those on lines off, or with all.

    Raises:
        MappingError: says by how much it is off.
    """
    lines, stated = paths.listed(document, mapping.lines), scale.at(document, path)
    prices = sum(line_price(mapping, line, scale) for line in lines)
    before = sum(list_price(mapping, line, scale) for line in lines)
    if stated not in (prices, before, max(0, prices - own_discount(mapping, document, scale))):
        raise MappingError(path, f"lines come to {prices}, the shop says {stated}: off by {stated - prices}")


def rates_of(mapping: "CartMapping", document: Any) -> tuple[Rates, Rates]:
    """Return the tax rates of lines and of shipping entries, by id.

    Raises:
        MappingError: one is not there, or is no percentage.
    """
    lines: dict[str, int] = {}
    for i, line in enumerate(paths.listed(document, mapping.lines)):
        with_path = _at(mapping.lines, i)
        try:
            lines[str(paths.value(line, mapping.line_id))] = _rate(mapping.tax_rate, line)
        except MappingError as error:
            raise error.under(with_path) from None
    for path in mapping.other:
        lines[OTHER + path] = _rate(mapping.other_tax_rate, document)
    shipping: dict[str, int] = {}
    for where, name, holder, entry in parcels(mapping, document):
        try:
            shipping[name] = _rate(entry.tax_rate, holder)
        except MappingError as error:
            raise error.under(where) from None
    return lines, shipping


def parcels(mapping: "CartMapping", document: Any) -> "Iterator[tuple[str, str, Any, Shipments]]":
    """Yield each shipping entry's path and id, what holds its parts, and their paths in there."""
    shipments = mapping.shipments
    if shipments is None:
        return
    if shipments.entries is None:
        yield "", "shipping", document, shipments
        return
    for i, holder in enumerate(paths.listed(document, shipments.entries)):
        where = _at(shipments.entries, i)
        try:
            name = f"shipping{i}" if shipments.id is None else _name(paths.value(holder, shipments.id), shipments.id)
        except MappingError as error:
            raise error.under(where) from None
        yield where, name, holder, shipments


def _lines(mapping: "CartMapping", document: Any, scale: Scale) -> Sequence[Line]:
    lines = []
    for i, line in enumerate(paths.listed(document, mapping.lines)):
        try:
            lines.append(_line(mapping, line, scale))
        except MappingError as error:
            raise error.under(_at(mapping.lines, i)) from None
        except DocumentError as error:
            raise own_paths.of_line(mapping, error).under(_at(mapping.lines, i)) from None
    return lines


def _line(mapping: "CartMapping", line: Any, scale: Scale) -> Line:
    name, sku, product_id, price, quantity, categories, tags, discountable, floor = mapping.line_parts.of(line)
    return Line(
        id=name if type(name) is str else paths.text(name, mapping.line_id),
        sku=sku if type(sku) is str else "" if sku is None else _name(sku, mapping.sku),
        product_id="" if product_id is None else _name(product_id, mapping.product_id),
        unit_price=0 if mapping.unit_price is None else scale.minor(price, mapping.unit_price),
        quantity=quantity if type(quantity) is int else units(quantity, mapping.quantity),
        categories=() if mapping.categories is None else paths.as_list(categories, mapping.categories),
        tags=() if mapping.tags is None else paths.as_list(tags, mapping.tags),
        discountable=True if mapping.discountable is None else discountable,
        floor_price=None if floor is None or mapping.floor_price is None else scale.minor(floor, mapping.floor_price),
    )


def list_price(mapping: "CartMapping", line: Any, scale: Scale) -> int:
    """Return what all units of a line cost in the shop, before its own discounts."""
    if mapping.line_price is not None:
        return scale.of_at_least_zero(line, mapping.line_price)
    assert mapping.unit_price is not None
    quantity = paths.value(line, mapping.quantity)
    many: int = quantity if type(quantity) is int else units(quantity, mapping.quantity)
    return scale.at(line, mapping.unit_price) * many


def _reduced(
    mapping: "CartMapping", document: Any, scale: Scale, lines: Sequence[Line], shipping: Sequence[Shipping]
) -> tuple[Sequence[Line], Sequence[Shipping]]:
    """Return lines and shipping at the prices that the shop's own discounts leave."""
    goods = []
    for i, (line, holder) in enumerate(zip(lines, paths.listed(document, mapping.lines), strict=True)):
        try:
            goods.append(Priced(line, line_price(mapping, holder, scale)))
        except MappingError as error:
            raise error.under(_at(mapping.lines, i)) from None
    if mapping.own_discounts:
        shipping = _spread(own_discount(mapping, document, scale), goods, shipping, mapping.own_discounts[0])
    return [line for one in goods for line in _cut(one)], shipping


def _spread(off: int, goods: Sequence[Priced], shipping: Sequence[Shipping], path: str) -> Sequence[Shipping]:
    """Take the shop's discount on the whole cart off its parts: goods first, then what is no goods, then shipping."""
    for is_discountable in (True, False):
        group = [one for one in goods if one.line.discountable is is_discountable]
        share = min(off, sum(one.total for one in group))
        for one, part in zip(group, allocate(share, [one.total for one in group]), strict=True):
            one.total -= part
        off -= share
    share = min(off, sum(entry.price for entry in shipping))
    if off > share:
        raise MappingError(
            path, f"the shop's own discounts take {off - share} more off than all lines and shipping cost"
        )
    parts = allocate(share, [entry.price for entry in shipping])
    return [replace(entry, price=entry.price - part) for entry, part in zip(shipping, parts, strict=True)]


def _cut(one: Priced) -> Iterator[Line]:
    """Cut a line's price into equal units and a rest that no promotion touches."""
    unit_price, rest = divmod(one.total, one.line.quantity)
    yield one.line if unit_price == one.line.unit_price else replace(one.line, unit_price=unit_price)
    if rest:
        yield Line(id=REST + one.line.id, unit_price=rest, discountable=False)


def _others(mapping: "CartMapping", document: Any, scale: Scale) -> Iterator[Line]:
    for path in mapping.other:
        amounts = [scale.minor(one, path) for one in paths.every(document, path)]
        if any(amount < 0 for amount in amounts):
            raise MappingError(path, "must not be negative: what the shop itself takes off belongs to own_discounts")
        if sum(amounts):
            yield Line(id=OTHER + path, unit_price=sum(amounts), discountable=False)


def _shipping(mapping: "CartMapping", document: Any, scale: Scale) -> Sequence[Shipping]:
    if mapping.shipments is None:
        return ()
    shipping = []
    for where, name, holder, entry in parcels(mapping, document):
        try:
            price = scale.at(holder, entry.price)
            shipping.append(Shipping(id=name, method=_text(holder, entry.method), price=price))
        except MappingError as error:
            raise error.under(where) from None
        except DocumentError as error:
            raise own_paths.of_shipping(entry, error).under(where) from None
    return shipping


def _customer(mapping: "CartMapping", document: Any) -> Customer | None:
    customer = paths.value(document, mapping.customer_id) if mapping.customer_id else None
    if customer is not None:
        return Customer(id=_name(customer, mapping.customer_id))
    guest = paths.value(document, mapping.guest_key) if mapping.guest_key else None
    return None if guest is None else Customer(guest_key=_name(guest, mapping.guest_key))


def _destination(mapping: "CartMapping", document: Any) -> Destination | None:
    country, region = _text(document, mapping.country), _text(document, mapping.region)
    return Destination(country=country, region=region) if country or region else None


def _text(document: Any, path: str | None) -> str:
    found = "" if path is None else paths.value(document, path)
    return "" if found is None else _name(found, path)


def _name(found: Any, path: str | None) -> str:
    """Return a text, or the text of an id that is a number."""
    return found if type(found) is str else paths.text(found, path or "")


def _fixed(path: str) -> str:
    """Say how a currency is fixed, where it was given as the path of one."""
    try:
        Currency.of(path.upper())
    except DocumentError:
        return ""
    return f'; a fixed currency is Currency.of("{path.upper()}")'


def _rate(percent: "Percent | None", holder: Any) -> int:
    """Read a tax rate: a fixed one, or the one at a path."""
    if isinstance(percent, str):
        return rate(paths.value(holder, percent), percent)
    return 0 if percent is None else rate(percent)


def _at(path: str, i: int) -> str:
    return f"{path}[{i}]"
