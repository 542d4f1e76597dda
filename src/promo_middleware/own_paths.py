"""What the engine finds wrong with a cart, said of the shop's own paths: only they can be looked up in its JSON."""

from typing import TYPE_CHECKING, Any

from promo_engine import DocumentError
from promo_middleware import paths
from promo_middleware.errors import MappingError

if TYPE_CHECKING:
    from promo_middleware.mapping import CartMapping, Shipments


def of_line(mapping: "CartMapping", error: DocumentError) -> MappingError:
    """Return what is wrong with a line, as seen from the line."""
    return _renamed(mapping, error, {"id": "line_id"})


def of_shipping(entry: "Shipments", error: DocumentError) -> MappingError:
    """Return what is wrong with a shipping entry, as seen from what holds its parts."""
    return _renamed(entry, error, {})


def of_cart(mapping: "CartMapping", document: Any, error: DocumentError) -> MappingError:
    """Return what is wrong with the whole cart: an id that is used twice, a bound, or what a customer is not."""
    if error.path.startswith("lines["):  # the engine counts lines that are none of the shop's
        return MappingError(_second(mapping, document), error.problem)
    shipments = mapping.shipments
    if error.path.startswith("shipping") and shipments is not None and shipments.entries is not None:
        place = error.path.removeprefix("shipping").removesuffix(".id")
        return MappingError(shipments.entries + place + (f".{shipments.id}" if place else ""), error.problem)
    return _renamed(mapping, error, {"id": "customer_id"})


def _renamed(fields: Any, error: DocumentError, names: dict[str, str]) -> MappingError:
    """Put the path that a field of the mapping has in the place of the engine's name of the field."""
    name, bracket, rest = error.path.partition("[")
    path = getattr(fields, names.get(name, name), None)
    return MappingError((path if isinstance(path, str) else name) + bracket + rest, error.problem)


def _second(mapping: "CartMapping", document: Any) -> str:
    """Return the path of the first id of a line that another line has, too."""
    seen = set()
    for i, line in enumerate(paths.listed(document, mapping.lines)):
        name = str(paths.value(line, mapping.line_id))
        if name in seen:
            return MappingError(mapping.line_id, "").under(f"{mapping.lines}[{i}]").path
        seen.add(name)
    return mapping.lines
