"""What CONTRACTS.md says of value stores and their transactions, once more and as simply as can be.

Written from the text, not from the code. No storage and no rules: what an order takes of a customer's value stores is
worked out for plain balances, which pay in the order smallest first, discounts before the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST = 2_147_483_647


class Refused(Exception):  # noqa: N818 - an answer
    """The model refuses, with a code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Kept:
    """A value store; ``uses`` is None without a limit."""

    currency: str
    value: int
    uses: int | None = None
    discount: bool = False
    is_frozen: bool = False
    is_active: bool = True
    customer: str | None = None

    @property
    def state(self) -> str | None:
        return "ValueFrozen" if self.is_frozen else None if self.is_active else "ValueInactive"


@dataclass
class Done:
    """A transaction: what it moved, by value store, value and uses."""

    moved: Mapping[str, tuple[int, int]]
    state: str = "done"
    void_at: datetime | None = None
    of: str | None = None
    kind: str = "moved"


@dataclass
class Model:
    """All value stores and transactions of a company."""

    now: datetime
    stores: dict[str, Kept] = field(default_factory=dict)
    done: dict[str, Done] = field(default_factory=dict)
    issued: dict[str, int] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)

    def create(self, store_id: str, kept: Kept) -> None:
        if store_id in self.done:
            raise Refused("ValueIdExists")
        self.stores[store_id] = kept
        self.done[store_id] = Done({store_id: (kept.value, kept.uses or 0)})
        self._count(self.issued, kept.currency, kept.value)

    def debit(
        self, own_id: str, store_id: str, currency: str, amount: int, uses: int, *, rest: bool, pending: int, dry: bool
    ) -> int:
        """Take; return the remainder."""
        self._new(own_id)
        kept = self._usable(store_id, currency)
        if uses and kept.uses is None:
            raise Refused("NullUses")
        taken, used = min(amount, kept.value), min(uses, kept.uses or 0)
        if not rest and taken < amount:
            raise Refused("InsufficientBalance")
        if not rest and used < uses:
            raise Refused("InsufficientUsesRemaining")
        if not dry:
            self._move(own_id, {store_id: (-taken, -used)}, pending)
            self._count(self.spent, currency, taken)
        return amount - taken

    def credit(self, own_id: str, store_id: str, currency: str, amount: int, *, dry: bool) -> int:
        self._new(own_id)
        kept = self._usable(store_id, currency)
        if kept.value + amount > MOST:
            raise Refused("ValueBalanceTooLarge")
        if not dry:
            self._move(own_id, {store_id: (amount, 0)})
            self._count(self.issued, currency, amount)
        return 0

    def transfer(self, own_id: str, source: str, to: str, currency: str, amount: int, *, rest: bool, dry: bool) -> int:
        self._new(own_id)
        kept = self._usable(source, currency)
        self._usable(to, currency)
        if source == to:
            raise Refused("InvalidParty")
        taken = min(amount, kept.value)
        if taken < amount and not rest:
            raise Refused("InsufficientBalance")
        if not dry:
            self._move(own_id, {source: (-taken, 0), to: (taken, 0)})
        return amount - taken

    def order(
        self, own_id: str, customer: str, currency: str, price: int, *, rest: bool, pending: int, dry: bool
    ) -> int:
        """Let a customer's value stores pay one line, without tax or rules."""
        self._new(own_id)
        theirs = {name: one for name, one in self.stores.items() if one.customer == customer and self._can_pay(one)}
        in_turn = sorted(
            (name for name, one in theirs.items() if one.currency == currency),
            key=lambda name: (not theirs[name].discount, theirs[name].value),
        )
        left, moved = price, dict[str, tuple[int, int]]()
        for name in in_turn:
            taken = min(left, theirs[name].value)
            if taken:
                moved[name] = (-taken, -1 if theirs[name].uses is not None else 0)
                left -= taken
        if left and not rest:
            raise Refused("InsufficientBalance")
        if not dry:
            self._move(own_id, moved, pending)
            self._count(self.spent, currency, price - left)
        return left

    def settle(self, how: str, of: str, own_id: str) -> None:
        """Capture, void or reverse."""
        if of not in self.done:
            raise Refused("TransactionNotFound")
        target = self.done[of]
        if how == "reverse" and target.kind == "capture":
            assert target.of
            of, target = target.of, self.done[target.of]
        self._new(own_id)
        self._check_state(how, target)
        blocked = {"capture": {"ValueFrozen"}, "void": {"ValueInactive"}}.get(how, {"ValueFrozen", "ValueInactive"})
        for name in sorted(target.moved):
            found = [one for one in self._conditions(name) if one in blocked]
            if found:
                raise Refused(found[0])
        if how == "capture":
            target.state = "captured"
            self.done[own_id] = Done({}, of=of, kind="capture")
            return
        self._undo(target, own_id, "void" if how == "void" else "reversed", how)

    def pass_time(self, span: timedelta) -> None:
        self.now += span
        for target in list(self.done.values()):
            if target.state == "pending" and target.void_at is not None and target.void_at <= self.now:
                self._give_back(target)
                target.state = "void"

    def _check_state(self, how: str, target: Done) -> None:
        if how == "reverse":
            if target.kind in ("void", "reverse"):
                raise Refused("TransactionNotReversible")
            refused = {"pending": "TransactionPending", "void": "TransactionVoided", "reversed": "TransactionReversed"}
        else:
            refused = {
                "captured": "TransactionCaptured",
                "void": "TransactionVoided",
                "done": "TransactionNotPending",
                "reversed": "TransactionNotPending",
            }
        if target.state in refused:
            raise Refused(refused[target.state])

    def _undo(self, target: Done, own_id: str, state: str, kind: str) -> None:
        for name in sorted(target.moved):
            value, uses = target.moved[name]
            if self.stores[name].value - value < 0:
                raise Refused("InsufficientBalance")
            if (self.stores[name].uses or 0) - uses < 0:
                raise Refused("InsufficientUsesRemaining")
        self._give_back(target)
        target.state = state
        moved = {name: (-value, -uses) for name, (value, uses) in target.moved.items()}
        self.done[own_id] = Done(moved, kind=kind)

    def _give_back(self, target: Done) -> None:
        for name, (value, uses) in target.moved.items():
            kept = self.stores[name]
            kept.value -= value
            kept.uses = None if kept.uses is None else kept.uses - uses
        self._uncount(target)

    def _uncount(self, target: Done) -> None:
        if len({value > 0 for value, _ in target.moved.values()}) == 2:  # moved from one to another
            return
        for name, (value, _) in target.moved.items():
            self._count(self.issued if value > 0 else self.spent, self.stores[name].currency, -abs(value))

    def _move(self, own_id: str, moved: Mapping[str, tuple[int, int]], pending: int = 0) -> None:
        for name, (value, uses) in moved.items():
            kept = self.stores[name]
            kept.value += value
            kept.uses = None if kept.uses is None else kept.uses + uses
        void_at = self.now + timedelta(hours=pending) if pending else None
        self.done[own_id] = Done(moved, "pending" if pending else "done", void_at)

    def _new(self, own_id: str) -> None:
        if own_id in self.done:
            raise Refused("TransactionExists")

    def _usable(self, store_id: str, currency: str) -> Kept:
        if store_id not in self.stores:
            raise Refused("InvalidParty")
        if self.stores[store_id].currency != currency:
            raise Refused("WrongCurrency")
        conditions = self._conditions(store_id)
        if conditions:
            raise Refused(conditions[0])
        return self.stores[store_id]

    def _conditions(self, store_id: str) -> Sequence[str]:
        kept = self.stores[store_id]
        return [*(["ValueFrozen"] if kept.is_frozen else []), *([] if kept.is_active else ["ValueInactive"])]

    def _can_pay(self, kept: Kept) -> bool:
        return kept.is_active and not kept.is_frozen and kept.value > 0 and kept.uses != 0

    @staticmethod
    def _count(book: dict[str, int], currency: str, amount: int) -> None:
        book[currency] = book.get(currency, 0) + amount
