"""The value stores that a shopper's cart reaches: found by customer and codes, and as the engine takes them.

They come in the order in which the value-store contract uses them. What a rule makes of one is computed here, for the
goods of this very cart at list price: the engine knows no rules of value stores. Source: PRICING.md section 3.5.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from sqlalchemy import Connection, bindparam, or_, select

from promo_contracts import read_json
from promo_engine import Cart, Document, ValueStore, code_form
from promo_server.services.codes import look_up
from promo_server.services.context import Company, Context
from promo_server.services.lightrail.codes import HeldCode, codes_of_forms
from promo_server.services.lightrail.stores import Store, load_stores, lock_stores
from promo_server.services.rule_worth import worth_of
from promo_server.services.uses import FoundCode, FoundCodes
from promo_server.storage.value_tables import programs, value_stores

NO_HELD: Mapping[str, HeldCode] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shown:
    """A cart as it may be kept, without secret codes; what its unlisted codes stand for, which are value stores'."""

    cart: Cart
    codes: FoundCodes
    held: Mapping[str, HeldCode] = field(default_factory=lambda: NO_HELD)
    masks: Mapping[str, str] = field(default_factory=dict)
    """What stands in the place of secret codes, by their forms."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The value stores that a cart reaches: as transactions see them, by id, and as the engine takes them."""

    stores: Mapping[str, Store]
    values: tuple[ValueStore, ...]


NONE_REACHED = Reached({}, ())


def look_up_all(
    connection: Connection, context: Context, company: Company, forms: Collection[str]
) -> tuple[FoundCodes, Mapping[str, HeldCode]]:
    """Return what codes beside the promotions' own stand for, by form, and which of them are value stores'."""
    found = look_up(connection, company.id, forms)
    nobodys = [form for form, code in found.items() if code is None]
    if not (company.has_value_stores and nobodys):
        return found, NO_HELD
    held = codes_of_forms(connection, context.code_keys, company.id, nobodys)
    return {**found, **{form: _stands_for(one) for form, one in held.items()}}, held


def without_secrets(
    connection: Connection, context: Context, company: Company, cart: Cart, forms: Collection[str]
) -> Shown:
    """Look a cart's unlisted codes up; in the place of a secret one stands what may be kept of it."""
    found, held = look_up_all(connection, context, company, forms)
    masks = masks_of(held)
    if not masks:
        return Shown(cart, found, held)
    codes = [masks.get(code_form(code), code) for code in cart.codes]
    known = {code_form(masks[form]) if form in masks else form: code for form, code in found.items()}
    own = {code_form(masks[form]) if form in masks else form: one for form, one in held.items()}
    return Shown(replace(cart, codes=codes), known, own, masks)


def masks_of(held: Mapping[str, HeldCode]) -> dict[str, str]:
    """Return what stands in the place of secret codes, by their forms."""
    return {form: one.mask for form, one in held.items() if one.mask is not None}


def masked(document: Document, masks: Mapping[str, str]) -> Document:
    """Return an evaluation document without these secret codes: it is one of the cart that may be kept."""
    if not masks:
        return document
    codes = [_masked_code(one, masks) for one in document["codes"]]
    return document | {"codes": sorted(codes, key=lambda one: (code_form(one["code"]), one["code"]))}


def _masked_code(result: Document, masks: Mapping[str, str]) -> Document:
    code = result["code"]
    mask = masks.get(code_form(code))
    if mask is None:
        return result
    message = {"message": result["message"].replace(code, mask)} if "message" in result else {}
    return result | {"code": mask} | message


def reach(
    connection: Connection,
    company: Company,
    cart: Cart,
    held: Mapping[str, HeldCode],
    *,
    customer_id: str | None,
    is_to_take: bool = False,
) -> Reached:
    """Return the value stores of a customer and of codes, as they stand; those that are to be taken from are locked."""
    if not company.has_value_stores:
        return NONE_REACHED
    own = attached(connection, company.id, [customer_id], cart.currency.code) if customer_id is not None else []
    by_store = {one.value_store_id: form for form, one in held.items()}
    stores = (lock_stores if is_to_take else load_stores)(connection, company.id, {*own, *by_store})
    names = _names(connection, company.id, stores.values())
    ordered = sorted(stores.values(), key=_rank)
    valued = (_valued(one, by_store.get(one.id), names, cart) for one in ordered)
    return Reached(stores, tuple(one for one in valued if one.code is not None or one.against is None))


def attached(connection: Connection, company_id: str, customer_ids: Sequence[str], currency: str) -> list[str]:
    """Return the ids of the value stores of some customers that hold something of a currency, or have a rule."""
    asked = {"company": company_id, "customers": list(customer_ids), "currency": currency}
    return list(connection.execute(_ATTACHED, asked).scalars())


_ATTACHED = (
    select(value_stores.c.id)
    .where(
        value_stores.c.company_id == bindparam("company"),
        value_stores.c.customer_id.in_(bindparam("customers", expanding=True)),
        value_stores.c.currency == bindparam("currency"),
        or_(value_stores.c.balance.is_(None), value_stores.c.balance > 0),
        value_stores.c.canceled.is_(False),
    )
    .order_by(value_stores.c.id)
)


def owners_among(connection: Connection, company_id: str, customer_ids: Collection[str]) -> set[str]:
    """Return which of some customers have value stores, whatever is in them."""
    if not customer_ids:
        return set()
    return set(connection.execute(_OWNERS, {"company": company_id, "customers": sorted(customer_ids)}).scalars())


_OWNERS = (
    select(value_stores.c.customer_id)
    .where(
        value_stores.c.company_id == bindparam("company"),
        value_stores.c.customer_id.in_(bindparam("customers", expanding=True)),
    )
    .distinct()
)


def _stands_for(held: HeldCode) -> FoundCode:
    return FoundCode(held.value_store_id, held.value_store_id, None, is_value_store=True)


_NEVER = datetime.max.replace(tzinfo=UTC)


def _rank(store: Store) -> tuple[bool, datetime, bool, int, str]:
    """Order as the contract does: before tax first, what ends first, what has no rule, what holds less."""
    ends, has_rule = store.ends_at or _NEVER, store.redemption_rule is not None
    return not store.pre_tax, ends, has_rule, store.balance or 0, store.id


def _valued(store: Store, form: str | None, names: Mapping[str, str], cart: Cart) -> ValueStore:
    against = _against(store, cart.at)
    has_rule = against is None and (store.value_rule is not None or store.redemption_rule is not None)
    worth = worth_of(store, cart) if has_rule else None
    if has_rule and worth is None:
        against = "condition"
    amount = store.balance or 0
    if worth is not None and store.balance is None:
        amount = sum(worth.lines.values()) + (0 if store.discount else sum(worth.shipping.values()))
    name = names.get(store.program_id or "") or store.value_explanation or ""
    return ValueStore(store.id, store.currency, amount, store.discount, name[:255], form, worth, against)


def _against(store: Store, now: datetime) -> str | None:
    """Return the reason why nothing can be taken: what is canceled is nobody's any more."""
    reasons = {
        "ValueCanceled": "not_found",
        "ValueFrozen": "paused",
        "ValueInactive": "paused",
        "ValueNotStarted": "not_started",
        "ValueEnded": "expired",
    }
    found = next(iter(store.conditions(now)), None)
    if found is not None:
        return reasons[found]
    return "limit_total" if store.balance == 0 or store.uses == 0 else None


def _names(connection: Connection, company_id: str, stores: Collection[Store]) -> dict[str, str]:
    """Return what the programs of value stores are called."""
    wanted = {one.program_id for one in stores if one.program_id is not None}
    if not wanted:
        return {}
    query = select(programs.c.id, programs.c.body).where(programs.c.company_id == company_id, programs.c.id.in_(wanted))
    bodies = {row.id: read_json(row.body.encode()) for row in connection.execute(query)}
    return {own_id: body.get("name") or "" for own_id, body in bodies.items()}
