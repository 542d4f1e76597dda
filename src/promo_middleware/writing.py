"""From an evaluation back to a shop's JSON: every mapped amount in its place, the tax on what is left.

What a promotion takes off is taken off what the shop states, so the shop's own discounts stay in its figures.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promo_middleware import gross, paths
from promo_middleware.amounts import Scale
from promo_middleware.gross import Left, Part, TaxInside
from promo_middleware.reading import line_price, own_discount, parcels, scale_of
from promo_middleware.tax import Taxes

if TYPE_CHECKING:
    from promo_middleware.mapping import CartMapping


def write_cart(mapping: "CartMapping", document: Any, priced: Mapping[str, Any], taxes: Taxes | None) -> None:
    """Put the amounts of an evaluation document in the place of the shop's; ``taxes`` of net prices."""
    scale = scale_of(mapping, document)
    totals = priced["totals"]
    is_inside = taxes is None and gross.is_stated(mapping)
    found = gross.read_tax(mapping, document, Left.of_priced(priced)) if is_inside else None
    if mapping.writes_lines:
        _write_lines(mapping, document, scale, _off(priced["lines"]), taxes, found)
    if mapping.shipments is not None:
        _write_shipping(mapping, document, scale, _off(priced["shipping"]), taxes, found)
    if mapping.subtotal is not None:
        scale.put(document, mapping.subtotal, scale.at(document, mapping.subtotal) - totals["items_discount"])
    if mapping.discount_total is not None:
        off = totals["items_discount"] + totals["shipping_discount"]
        before = own_discount(mapping, document, scale) if mapping.discount_total in mapping.own_discounts else 0
        _put_discount(scale, document, mapping.discount_total, before, off)
    if mapping.states_tax:
        _write_tax(mapping, document, scale, priced, taxes, found)
    scale.put(document, mapping.total, totals["amount_due"])


def _write_lines(
    mapping: "CartMapping",
    document: Any,
    scale: Scale,
    offs: Mapping[str, int],
    taxes: Taxes | None,
    found: TaxInside | None,
) -> None:
    for line in paths.listed(document, mapping.lines):
        name = str(paths.value(line, mapping.line_id))
        off = offs[name]
        after = line_price(mapping, line, scale) - off
        if taxes is not None:
            _put_tax_on_top(mapping, line, scale, after, taxes.lines.get(name, 0))
        elif found is not None:
            _put_tax_inside(mapping, scale, found.lines[name], off)
        if mapping.line_discount is not None:
            is_own = mapping.line_discount == mapping.line_own_discount
            before = abs(scale.at(line, mapping.line_discount)) if is_own else 0
            _put_discount(scale, line, mapping.line_discount, before, off)
        if mapping.line_total is not None:
            scale.put(line, mapping.line_total, after)


def _put_tax_on_top(mapping: "CartMapping", line: Any, scale: Scale, after: int, tax: int) -> None:
    if mapping.line_tax is not None:
        scale.put(line, mapping.line_tax, tax)
    if mapping.line_excl_tax is not None:
        scale.put(line, mapping.line_excl_tax, after)
    if mapping.line_incl_tax is not None:
        scale.put(line, mapping.line_incl_tax, after + tax)


def _put_tax_inside(mapping: "CartMapping", scale: Scale, part: Part, off: int) -> None:
    line, after = part.holder, part.price - off
    tax = part.tax_in(after)
    if mapping.line_tax is not None:
        scale.put(line, mapping.line_tax, tax)
    if mapping.line_excl_tax is not None:
        _lower(scale, line, mapping.line_excl_tax, off - (part.tax - tax), after - tax)
    if mapping.line_incl_tax is not None:
        _lower(scale, line, mapping.line_incl_tax, off, after)


def _write_shipping(
    mapping: "CartMapping",
    document: Any,
    scale: Scale,
    offs: Mapping[str, int],
    taxes: Taxes | None,
    found: TaxInside | None,
) -> None:
    total = 0
    for _, name, holder, entry in parcels(mapping, document):
        off = offs[name]
        after = scale.at(holder, entry.price) - off
        total += after
        if entry.tax is not None and taxes is not None:
            scale.put(holder, entry.tax, taxes.shipping.get(name, 0))
        elif entry.tax is not None and found is not None:
            part = found.shipping[name]
            scale.put(holder, entry.tax, part.tax_in(part.price - off))
        scale.put(holder, entry.price, after)
    if mapping.shipments is not None and mapping.shipments.total is not None:
        scale.put(document, mapping.shipments.total, total)


def _write_tax(
    mapping: "CartMapping",
    document: Any,
    scale: Scale,
    priced: Mapping[str, Any],
    taxes: Taxes | None,
    found: TaxInside | None,
) -> None:
    """Write the tax of the total, and the total without it; credits pay the price, they do not lower it."""
    price = priced["totals"]["amount_due"] + priced["totals"]["credits"]
    tax = 0 if taxes is None else taxes.total
    if found is not None:
        tax = found.tax_in(price, _off(priced["lines"]), _off(priced["shipping"]))
    if mapping.tax_total is not None:
        scale.put(document, mapping.tax_total, tax)
    if mapping.total_excl_tax is not None and not (found is not None and price == found.total):
        scale.put(document, mapping.total_excl_tax, price - tax)


def _lower(scale: Scale, holder: Any, path: str, by: int, otherwise: int) -> None:
    """Lower what the shop states at a path, never below zero; put another amount where it states nothing."""
    place, name = paths.place(holder, path)
    is_there = isinstance(place, list) or place.get(name) is not None
    scale.put(holder, path, max(0, scale.at(holder, path) - by) if is_there else otherwise)


def _put_discount(scale: Scale, holder: Any, path: str, own: int, off: int) -> None:
    """Put the shop's own discount and ours, with the sign that the shop gives its own."""
    is_negative = own > 0 and scale.at(holder, path) < 0
    scale.put(holder, path, -(own + off) if is_negative else own + off)


def _off(entries: Any) -> dict[str, int]:
    return {one["id"]: one["discount"] for one in entries}
