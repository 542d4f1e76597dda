"""From an evaluation back to a shop's JSON: every mapped amount in its place, the tax on what is left.

What a promotion takes off is taken off what the shop states, so the shop's own discounts stay in its figures.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promo_middleware import paths
from promo_middleware.amounts import Scale
from promo_middleware.reading import line_price, own_discount, parcels, scale_of
from promo_middleware.tax import Taxes, inside, rate, scaled

if TYPE_CHECKING:
    from promo_middleware.mapping import CartMapping, Percent


def write_cart(mapping: "CartMapping", document: Any, priced: Mapping[str, Any], taxes: Taxes | None) -> None:
    """Put the amounts of an evaluation document in the place of the shop's; ``taxes`` of net prices."""
    scale = scale_of(mapping, document)
    totals = priced["totals"]
    tax = _stated_tax(mapping, document, scale) if taxes is None else taxes.total
    change = _write_lines(mapping, document, scale, priced, taxes)
    change += _write_shipping(mapping, document, scale, priced, taxes)
    if taxes is None:
        tax += change
    if mapping.discount_total is not None:
        off = totals["items_discount"] + totals["shipping_discount"]
        before = own_discount(mapping, document, scale) if mapping.discount_total in mapping.own_discounts else 0
        _put_discount(scale, document, mapping.discount_total, before, off)
    if mapping.tax_total is not None:
        scale.put(document, mapping.tax_total, tax)
    if mapping.total_excl_tax is not None:
        scale.put(document, mapping.total_excl_tax, totals["amount_due"] + totals["credits"] - tax)  # the price
    scale.put(document, mapping.total, totals["amount_due"])


def _write_lines(
    mapping: "CartMapping", document: Any, scale: Scale, priced: Mapping[str, Any], taxes: Taxes | None
) -> int:
    """Write the lines; return by how much the tax inside of them changed."""
    if not mapping.writes_lines:
        return 0
    change, off = 0, _off(priced["lines"])
    for line in paths.listed(document, mapping.lines):
        name = str(paths.value(line, mapping.line_id))
        before = line_price(mapping, line, scale)
        after = before - off[name]
        if taxes is not None:
            tax = taxes.lines.get(name, 0)
        else:
            stated = tax_inside_line(mapping, line, scale)
            tax = _tax_inside(stated, before, after, mapping.tax_rate, line)
            change += tax - stated
        _write_line(mapping, line, scale, off[name], after, tax, is_net=taxes is not None)
    return change


def _write_line(
    mapping: "CartMapping", line: Any, scale: Scale, off: int, after: int, tax: int, *, is_net: bool
) -> None:
    if mapping.line_discount is not None:
        is_own = mapping.line_discount == mapping.line_own_discount
        before = abs(scale.at(line, mapping.line_discount)) if is_own else 0
        _put_discount(scale, line, mapping.line_discount, before, off)
    written = {
        mapping.line_total: after,
        mapping.line_tax: tax,
        mapping.line_excl_tax: after if is_net else after - tax,
        mapping.line_incl_tax: after + tax if is_net else after,
    }
    for path, amount in written.items():
        if path is not None:
            scale.put(line, path, amount)


def _write_shipping(
    mapping: "CartMapping", document: Any, scale: Scale, priced: Mapping[str, Any], taxes: Taxes | None
) -> int:
    """Write the shipping entries; return by how much the tax inside of them changed."""
    if mapping.shipments is None:
        return 0
    change = total = 0
    off = _off(priced["shipping"])
    for _, name, holder, entry in parcels(mapping, document):
        before = scale.at(holder, entry.price)
        after = before - off[name]
        total += after
        if taxes is not None:
            tax = taxes.shipping.get(name, 0)
        else:
            stated = tax_inside_shipping(holder, scale, entry.price, entry.tax, entry.tax_rate)
            tax = _tax_inside(stated, before, after, entry.tax_rate, holder)
            change += tax - stated
        scale.put(holder, entry.price, after)
        if entry.tax is not None:
            scale.put(holder, entry.tax, tax)
    if mapping.shipments.total is not None:
        scale.put(document, mapping.shipments.total, total)
    return change


def tax_inside_line(mapping: "CartMapping", line: Any, scale: Scale) -> int:
    """Return the tax that a line's gross price has inside, as the shop states it, or by its rate."""
    if mapping.line_tax is not None:
        return scale.of_at_least_zero(line, mapping.line_tax)
    if mapping.line_excl_tax is None and mapping.tax_rate is None:
        return 0
    price = line_price(mapping, line, scale)
    if mapping.line_excl_tax is not None:
        return max(0, price - scale.at(line, mapping.line_excl_tax))
    return _by_rate(price, mapping.tax_rate, line)


def tax_inside_shipping(holder: Any, scale: Scale, price: str, tax: str | None, percent: "Percent | None") -> int:
    """Return the tax that a shipping entry's gross price has inside."""
    if tax is not None:
        return scale.of_at_least_zero(holder, tax)
    return _by_rate(scale.at(holder, price), percent, holder)


def _tax_inside(stated: int, before: int, after: int, percent: "Percent | None", holder: Any) -> int:
    if percent is None or after == before:
        return scaled(stated, before, after)
    return _by_rate(after, percent, holder)


def _by_rate(price: int, percent: "Percent | None", holder: Any) -> int:
    if percent is None:
        return 0
    at = paths.value(holder, percent) if isinstance(percent, str) else percent
    return inside(price, rate(at, percent if isinstance(percent, str) else "tax_rate"))


def _stated_tax(mapping: "CartMapping", document: Any, scale: Scale) -> int:
    """Return the tax inside of the total that the shop states."""
    if mapping.tax_total is not None:
        return scale.of_at_least_zero(document, mapping.tax_total)
    if mapping.total_excl_tax is not None:
        return scale.at(document, mapping.total) - scale.at(document, mapping.total_excl_tax)
    return 0


def _put_discount(scale: Scale, holder: Any, path: str, own: int, off: int) -> None:
    """Put the shop's own discount and ours, with the sign that the shop gives its own."""
    is_negative = own > 0 and scale.at(holder, path) < 0
    scale.put(holder, path, -(own + off) if is_negative else own + off)


def _off(entries: Any) -> dict[str, int]:
    return {one["id"]: one["discount"] for one in entries}
