"""What a debit, a credit or a transfer does to value stores, decided purely: nothing is stored here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promo_contracts.lightrail.fields import MOST, duration_of
from promo_server.services.lightrail.ledger import Change
from promo_server.services.lightrail.stores import ANY, Store, refuse_unusable
from promo_server.services.refusal import Refusal

WEEK = timedelta(days=7)
SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done, and what of the amount is left over."""

    changes: Sequence[Change]
    remainder: int = 0


def check_usable(store: Store, currency: str, now: datetime) -> None:
    """Refuse a value store that cannot take part in a new transaction of this currency.

    Raises:
        Refusal: ``WrongCurrency``, or why it cannot.
    """
    if store.currency != currency:
        message = f"The value store '{store.id}' is in {store.currency}, the transaction in {currency}."
        raise Refusal("WrongCurrency", message)
    refuse_unusable(store, ANY, now)


def plan_debit(store: Store, amount: int | None, uses: int | None, *, allow_remainder: bool) -> Plan:
    """Take an amount, uses or both; with ``allow_remainder`` as much of them as there is.

    Raises:
        Refusal: ``NullBalance``, ``NullUses``, ``InsufficientBalance``, ``InsufficientUsesRemaining``.
    """
    taken = 0 if amount is None else min(amount, _balance(store))
    used = 0 if uses is None else min(uses, _uses(store))
    if not allow_remainder:
        if taken < (amount or 0):
            raise Refusal("InsufficientBalance", f"The value store '{store.id}' holds {taken}, not {amount}.")
        if used < (uses or 0):
            raise Refusal("InsufficientUsesRemaining", f"The value store '{store.id}' has {used} uses, not {uses}.")
    return Plan([Change(store, -taken, -used)], (amount or 0) - taken)


def plan_credit(store: Store, amount: int | None, uses: int | None) -> Plan:
    """Add an amount, uses or both.

    Raises:
        Refusal: ``NullBalance``, ``NullUses``, ``ValueBalanceTooLarge``.
    """
    if amount is not None and _balance(store) + amount > MOST:
        raise Refusal("ValueBalanceTooLarge", f"A value store holds at most {MOST}.")
    if uses is not None and _uses(store) + uses > MOST:
        raise Refusal("ValueBalanceTooLarge", f"A value store has at most {MOST} uses.")
    return Plan([Change(store, amount or 0, uses or 0)])


def plan_transfer(source: Store, destination: Store, amount: int, *, allow_remainder: bool) -> Plan:
    """Move an amount, or with ``allow_remainder`` as much of it as there is.

    Raises:
        Refusal: ``InvalidParty``: they are one; else as for a debit and a credit.
    """
    if source.id == destination.id:
        raise Refusal("InvalidParty", "The destination must be another value store than the source.")
    taken = plan_debit(source, amount, None, allow_remainder=allow_remainder)
    moved = amount - taken.remainder
    return Plan([*taken.changes, *plan_credit(destination, moved, None).changes], taken.remainder)


def inverted(stores: Mapping[str, Store], moved: Sequence[tuple[str, int, int]]) -> list[Change]:
    """Return what undoes entries of value stores; what it takes must be there.

    Raises:
        Refusal: ``InsufficientBalance``, ``InsufficientUsesRemaining``: it is spent.
    """
    changes = [Change(stores[store_id], -amount, -uses) for store_id, amount, uses in moved if store_id in stores]
    for change in changes:
        if change.store.balance is not None and change.store.balance + change.amount < 0:
            raise Refusal("InsufficientBalance", f"The value store '{change.store.id}' has spent what it got.")
        if change.store.uses is not None and change.store.uses + change.uses < 0:
            raise Refusal("InsufficientUsesRemaining", f"The value store '{change.store.id}' has used what it got.")
    return changes


def void_date(pending: bool | str, now: datetime, *, longest: timedelta = LONGEST) -> datetime | None:
    """Return when a transaction is voided unless it is captured; None where it does not wait.

    Raises:
        Refusal: ``PendingDurationTooSmall``, ``PendingDurationTooLarge``.
    """
    if pending is False:
        return None
    span = WEEK if pending is True else duration_of(str(pending))
    assert span is not None
    if span < SHORTEST:
        raise Refusal("PendingDurationTooSmall", "A transaction can wait for an hour or more: PT1H.")
    if span > longest:
        raise Refusal("PendingDurationTooLarge", f"A transaction can wait for {longest.days} days at most.")
    return now + span


def _balance(store: Store) -> int:
    if store.balance is None:
        raise Refusal("NullBalance", f"The value store '{store.id}' has a rule and no value of its own.")
    return store.balance


def _uses(store: Store) -> int:
    if store.uses is None:
        raise Refusal("NullUses", f"The uses of the value store '{store.id}' are not counted.")
    return store.uses
