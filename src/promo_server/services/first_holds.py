"""First holds: those of references that nobody has held yet, as most are. Who asks at the same time is served together.

All of them are one transaction, that of the first of them: they share its locks, its round trips and its sync to disk.
They are priced in the order in which they came, each with the uses that those before it leave. What is not as it is
with most (the reference is there already, a counter was raised meanwhile, time has something to do, value stores are
taken from) is left to a hold alone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from promo_contracts.company.models import HoldRequest, Redemption
from promo_engine import Cart, Considered, Ruleset, consider, local_day
from promo_server.services.context import Company, Context
from promo_server.services.expiry import is_anything_due
from promo_server.services.gathering import Gathering
from promo_server.services.grants import Grant, as_answer, company_and_known, moment_of_grant, rows_of
from promo_server.services.pricing import cart_of, check_shown, counted
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.services.rulesets import Rulesets
from promo_server.services.shopper_values import look_up_all, owners_among
from promo_server.services.shoppers import customer_key
from promo_server.services.uses import (
    Counter,
    CounterName,
    FoundCodes,
    LimitReachedError,
    changes_of,
    counted_for,
    counters_of_codes,
    left_of,
    share_counters,
    unused,
    used_of,
)
from promo_server.storage import UndoneError, UnknownOutcomeError, store_new

MICROSECOND = timedelta(microseconds=1)
"""From one grant to the next: ``held_at`` orders them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One hold that is asked for."""

    rulesets: Rulesets
    reference: str
    request: HoldRequest


Outcome = Redemption | Refusal | InvalidFields | None
"""None for what must be held alone."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A hold whose cart was read, and the rules that it is priced by; the codes that must be looked up."""

    asked: Asked
    cart: Cart
    ruleset: Ruleset
    unlisted: Sequence[str]

    @property
    def customer_id(self) -> str | None:
        """Whose value stores it may take from."""
        return self.cart.customer.id if self.cart.customer else None


@dataclass(frozen=True, slots=True)
class _Considered:
    """A hold whose cart was looked at, what its codes stand for, and the counters to look at for it."""

    asked: Asked
    cart: Cart
    considered: Considered
    codes: FoundCodes
    wanted: Mapping[str, Sequence[Counter]]

    @property
    def counters(self) -> list[Counter]:
        return [*(one for all_of in self.wanted.values() for one in all_of), *counters_of_codes(self.codes)]


def hold_first(context: Context, company_id: str, asked: Asked) -> Redemption | None:
    """Hold a cart for a new reference, together with who asks at the same time; None: it must be held alone.

    Raises:
        InvalidFields: the cart is not lawful.
        Refusal: ``TOTAL_CHANGED`` (with the evaluation; nothing taken).
    """
    gathering = context.gatherings.get(company_id)
    if gathering is None:
        made: Gathering[Asked, Outcome] = Gathering(partial(hold_together, context, company_id))
        gathering = context.gatherings.setdefault(company_id, made)
    outcome: Outcome = gathering.ask(asked)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def hold_together(context: Context, company_id: str, asked: Sequence[Asked]) -> list[Outcome]:
    """Hold for new references in one transaction, in this order; each has its outcome, or all must be held alone."""
    try:
        with context.database.write() as connection:
            share_counters(connection, company_id)
            company, known = company_and_known(connection, company_id, [one.reference for one in asked])
            return _Transaction(context, connection, company).hold(asked, known)
    except UnknownOutcomeError:
        raise  # stored or not: nobody may do it again but who asks again
    except (LimitReachedError, UndoneError):
        return [None] * len(asked)
    except Exception:  # what one of them ran into must not be the others' fault
        if len(asked) == 1:
            raise
        return [None] * len(asked)


class _Transaction:
    """One transaction of first holds: what it saw, and what it is to store."""

    def __init__(self, context: Context, connection: Connection, company: Company) -> None:
        self._context = context
        self._connection = connection
        self._company = company
        self._now = context.clock()
        is_alone = context.database.is_writer_alone
        self._held_at = moment_of_grant(connection, company.id, self._now) if is_alone else self._now
        self._used: dict[CounterName, int] = {}
        self._records: list[dict[str, Any]] = []
        self._uses: list[dict[str, Any]] = []
        self._raised: list[Counter] = []

    def hold(self, asked: Sequence[Asked], known: set[str]) -> list[Outcome]:
        """Hold for all whose references are not known yet, or raise, with nothing stored."""
        read = [self._read(one, known) for one in asked]
        unlisted = {form for one in read if isinstance(one, _Read) for form in one.unlisted}
        codes, held = look_up_all(self._connection, self._context, self._company, unlisted)
        if self._company.has_value_stores:
            read = self._without_values(read, held)
        looked_at = [self._look_at(one, codes) if isinstance(one, _Read) else one for one in read]
        counters = [one for each in looked_at if isinstance(each, _Considered) for one in each.counters]
        self._used = used_of(self._connection, self._company.id, {one.name for one in counters})
        outcomes = [self._price(one) if isinstance(one, _Considered) else one for one in looked_at]
        if self._bites(counters) and is_anything_due(self._connection, self._company.id, self._now):
            raise UndoneError
        self._store()
        return outcomes

    def _read(self, asked: Asked, known: set[str]) -> _Read | InvalidFields | None:
        """Read a cart; of one reference only the first is a first hold."""
        if asked.reference in known:
            return None
        known.add(asked.reference)
        company = self._company
        try:
            cart = cart_of(company, asked.request.cart, asked.request.guest_key).moved_to(self._now)
        except InvalidFields as wrong:
            return wrong
        ruleset = asked.rulesets.of(self._connection, company)
        return _Read(asked, cart, ruleset, ruleset.unlisted(cart))

    def _without_values(self, read: Sequence[Any], held: Collection[str]) -> list[Any]:
        """Leave to themselves the holds of customers who have value stores, and of codes that are of some."""
        customers = {one.customer_id for one in read if isinstance(one, _Read) and one.customer_id is not None}
        owners = owners_among(self._connection, self._company.id, customers)
        return [
            None if isinstance(one, _Read) and (one.customer_id in owners or {*one.unlisted} & {*held}) else one
            for one in read
        ]

    def _look_at(self, read: _Read, found: FoundCodes) -> _Considered:
        """Look at a cart with what its codes stand for."""
        codes = {form: found[form] for form in read.unlisted}
        values = () if read.ruleset.has_value_stores else None  # none of theirs: see above
        considered = consider(read.cart, read.ruleset, unused(codes), values)
        limited = [read.ruleset.promotions[one] for one in considered.needed]
        day = local_day(self._now, self._company.zone)
        wanted = counted_for(limited, customer_key(read.cart.customer), day)
        return _Considered(read.asked, read.cart, considered, codes, wanted)

    def _price(self, one: _Considered) -> Redemption | Refusal:
        """Price a cart with the uses that those before it leave, and note what it takes."""
        request = one.asked.request
        evaluation = one.considered.price(left_of(one.wanted, self._used, one.codes))
        document = evaluation.document()
        try:
            check_shown(document, request.shown)
        except Refusal as refusal:
            return refusal
        held_at = self._held_at + len(self._records) * MICROSECOND
        grant = Grant(self._company, one.asked.reference, one.cart, document, self._now, held_at)
        taken = counted(self._company, evaluation, one.codes)
        record, uses = rows_of(grant, request, taken)
        self._records.append(record)
        self._uses += uses
        for counter in (each for all_of in taken.values() for each in all_of):
            self._used[counter.name] = self._used.get(counter.name, 0) + counter.amount
            self._raised.append(counter)
        return as_answer(SimpleNamespace(**record), grant.evaluation)

    def _bites(self, counters: Iterable[Counter]) -> bool:
        """Whether a limit may have kept something from someone: what lapsed would come back."""
        return any(one.scope == "budget" or self._used.get(one.name, 0) >= one.limit for one in counters)

    def _store(self) -> None:
        if not self._records:
            return
        records = sorted(self._records, key=lambda record: str(record["reference"]))
        if not store_new(self._connection, records, self._uses, changes_of(self._company.id, self._raised)):
            raise UndoneError
