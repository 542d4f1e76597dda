"""The value stores that a cart reaches: those that discount as promotions of the shopper's own, and the credits.

A personal promotion is of the order phase and comes last in it, so that its balance is taken from what all other
promotions leave; it may stand beside every promotion that is stackable. Source: PRICING.md section 3.5.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from promo_engine.bench import TypeStanding
from promo_engine.cart import Cart, code_form
from promo_engine.compiled import Candidate, CompiledPromotion
from promo_engine.promotion import Promotion, Schedule
from promo_engine.promotion_type import Phase, PromotionType
from promo_engine.reason import Reason
from promo_engine.rules import Amount, Rules
from promo_engine.value_store import ValueStore, goods_of
from promo_engine.view import Flat, Off, View

VALUE_STORE = "value_store"
"""The ``type`` of a personal promotion."""
UNKNOWN_VALUES = "value_stores"
"""What stands in the place of the ids of value stores of which nothing is known."""
_LAST = 1_000_000_000
"""Comes after every priority."""


class PersonalRules(Rules):
    """What a value store gives: so much, or so much for each kind of goods."""

    amount: Amount
    """What it gives at most."""
    by_kind: dict[int, int] | None = None
    """What a rule gives at most for each kind of goods, by its place in the basket."""


class PersonalType(PromotionType[PersonalRules]):
    """The promotion type of value stores. It is the engine's own: no ruleset has any, and no plugin replaces it."""

    name = VALUE_STORE
    title = "Value store"
    version = "1.0"
    rules_model = PersonalRules

    def flat(self, rules: PersonalRules) -> Flat | None:
        """Say what is off, where no rule tells goods apart."""
        return Flat(rules.amount) if rules.by_kind is None else None

    def propose(self, view: View[PersonalRules]) -> Iterable[Off]:
        """Take what there is off all goods, or off each kind what the rule gives."""
        by_kind = view.rules.by_kind
        if by_kind is None:
            return [Off(view.goods, view.rules.amount)]
        return [Off((one,), min(by_kind[one.kind], one.room)) for one in view.goods if by_kind.get(one.kind)]


_TYPES = {VALUE_STORE: PersonalType()}
_STANDING = TypeStanding(VALUE_STORE, "fairtill")


@dataclass(frozen=True, slots=True)
class Personal:
    """The value stores that a cart reaches; ``known`` is None where nothing is known of them.

    ``promotions`` are in order of application, ``credits`` in the order of use, each with the code that was typed for
    it; ``reasons`` say what stands against the others, by id. ``by_code`` are their ids by the forms of their codes.
    """

    known: tuple[ValueStore, ...] | None = None
    promotions: Sequence[Candidate] = ()
    credits: Sequence[tuple[ValueStore, str | None]] = ()
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    by_code: Mapping[str, str] = field(default_factory=dict)


NOBODYS = Personal()


def reached(cart: Cart, values: Sequence[ValueStore] | None) -> tuple[ValueStore, ...] | None:
    """Return those of a shopper's value stores that this cart reaches: a code must be entered still."""
    if values is None:
        return None
    forms = {code_form(code) for code in cart.codes}
    return tuple(one for one in values if one.code is None or one.code in forms)


def personal(cart: Cart, values: tuple[ValueStore, ...] | None, promotions: Mapping[str, Promotion]) -> Personal:
    """Sort out the value stores that a cart reaches. One that has the id of a promotion gives way to it."""
    if values is None:
        is_theirs = cart.customer is not None and cart.customer.id is not None
        return Personal(reasons={UNKNOWN_VALUES: Reason("cannot_verify")}) if is_theirs else NOBODYS
    typed = {code_form(code): code for code in cart.codes}
    applying: list[Candidate] = []
    paying: list[tuple[ValueStore, str | None]] = []
    reasons: dict[str, Reason] = {}
    for place, store in enumerate(one for one in values if one.id not in promotions):
        code = None if store.code is None else typed[store.code]
        against = _against(store, cart)
        if against is not None:
            reasons[store.id] = Reason(against)
        elif store.is_discount:
            applying.append(_candidate(store, code, cart, place))
        else:
            paying.append((store, code))
    by_code = {one.code: one.id for one in values if one.code is not None and one.id not in promotions}
    return Personal(values, applying, paying, reasons, by_code)


def _against(store: ValueStore, cart: Cart) -> str | None:
    if store.against is not None:
        return store.against
    if store.currency != cart.currency.code:
        return "currency"
    if store.worth is not None and store.worth.goods != goods_of(cart):
        return "cannot_verify"
    return None if store.amount else "limit_total"


def _candidate(store: ValueStore, code: str | None, cart: Cart, place: int) -> Candidate:
    kinds = cart.basket.kinds
    by_kind = None
    if store.worth is not None:
        lines = store.worth.lines
        by_kind = {kind.index: sum(lines.get(line.id, 0) for line in kind.lines) for kind in kinds}
        kinds = [kind for kind in kinds if by_kind[kind.index]]
    rules = PersonalRules.model_construct(
        amount=store.amount, by_kind=by_kind, max_discount_amount=None if by_kind is None else store.amount
    )
    promotion = Promotion(
        id=store.id,
        name=store.name or store.id,
        type=VALUE_STORE,
        rules=rules,
        currency=cart.currency,
        schedule=Schedule(cart.at, cart.at),
        stackable=True,
        priority=-_LAST,
    )
    compiled = CompiledPromotion(promotion, _TYPES)
    compiled.standing = _STANDING
    compiled.is_personal = True
    compiled.order = (Phase.ORDER.value, _LAST + place, store.id)
    return Candidate(compiled, code, kinds)
