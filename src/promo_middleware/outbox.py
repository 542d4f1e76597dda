"""The one store of what is still to be delivered: open checkouts, grants made while the API was away, and outcomes.

A small SQLite file beside the shop; what is in it survives a crash, and every process of the shop on this host shares
it. Grants made here and outcomes are written through to disk before anything goes on. Entries and removals are not:
should the machine lose power, the API finds the lease unreported, and a report that is made twice is one.

One attempt at a reference can be open, so the outbox also sees double clicks while the API is away.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakSet

from promo_middleware.entry import COLUMNS, LEFT_TO_THE_API, REMEMBERED, REPORTS, Entry, Step, entry_of
from promo_middleware.errors import CheckoutClosed, CheckoutInFlight, ConfigurationError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS checkouts (
    reference TEXT NOT NULL,
    attempt TEXT NOT NULL,
    step TEXT NOT NULL,
    amount_due INTEGER,
    undiscounted INTEGER,
    tax INTEGER NOT NULL DEFAULT 0,
    granted TEXT,
    charged INTEGER,
    lease_until REAL NOT NULL,
    try_at REAL NOT NULL,
    opened_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    why TEXT NOT NULL DEFAULT '',
    kept TEXT,
    PRIMARY KEY (reference, attempt)
) WITHOUT ROWID
"""
_SHOP = "CREATE TABLE IF NOT EXISTS shops (company_id TEXT PRIMARY KEY) WITHOUT ROWID"
_LATER = {"tax": "INTEGER NOT NULL DEFAULT 0", "kept": "TEXT"}
"""Columns that an outbox of an earlier version lacks."""

_BUSY_SECONDS = 10
_BUSY_PAUSE = 0.005


def _listed(steps: tuple[Step, ...]) -> str:
    return "(" + ", ".join(f"'{step}'" for step in steps) + ")"


_IS_DONE = f"step IN {_listed(REMEMBERED)}"
_IS_NOT_DONE = f"step NOT IN {_listed(REMEMBERED)}"
_INDEXES = {"remembered": _IS_DONE, "waiting": _IS_NOT_DONE}
"""What is remembered, of a month, costs nothing where what waits is looked for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkout that was entered: whether it is new, and what earlier attempts that are over have still to report.

    Where ``may_be_charged`` an earlier attempt is in doubt, or stands, as far as this host knows: the API alone can say
    better.
    """

    is_new: bool
    earlier: list[Entry]
    may_be_charged: bool = False


class Outbox:
    """The outbox of one shop on one host. Moments are seconds of the given clock.

    Raises:
        ConfigurationError: the file cannot be made, or is no outbox.
    """

    def __init__(self, path: Path, company_id: str = "") -> None:
        """Open or make the file (0600: it holds carts), of this company where the shop says which it is."""
        self._path = path = path.absolute()  # wherever the process goes
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        _OUTBOXES.add(self)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            _give_to_owner_of_directory(path)
            self._create(company_id)
        except OSError as error:
            raise ConfigurationError(f"directory: {path}: {error.strerror}") from None
        except sqlite3.DatabaseError as error:
            # Operators find in it what was never delivered, so nothing is thrown away here.
            advice = "" if isinstance(error, sqlite3.OperationalError) else "; move it aside, and a new one is made"
            raise ConfigurationError(f"directory: {path}: {error}{advice}") from None

    def _create(self, company_id: str) -> None:
        with self._transaction() as connection:
            connection.execute(_SCHEMA)
            connection.execute(_SHOP)
            if company_id:
                connection.execute("INSERT INTO shops SELECT ? WHERE NOT EXISTS (SELECT 1 FROM shops)", (company_id,))
                (whose,) = connection.execute("SELECT company_id FROM shops").fetchone()
                if whose != company_id:
                    raise ConfigurationError(
                        f"directory: {self._path} is the outbox of {whose!r}: give {company_id!r} its own"
                    )
            there = {row[1] for row in connection.execute("PRAGMA table_info(checkouts)")}
            for name in _LATER.keys() - there:
                connection.execute(f"ALTER TABLE checkouts ADD COLUMN {name} {_LATER[name]}")
            for index, condition in _INDEXES.items():
                connection.execute(f"CREATE INDEX IF NOT EXISTS {index} ON checkouts (try_at) WHERE {condition}")

    def close(self) -> None:
        """Close the connection; the file stays, and is opened again when it is needed."""
        with self._alone():
            self._close()

    def open(self, reference: str, attempt: str, *, now: float, lease: float, is_alone: bool = False) -> "Opened":
        """Enter a checkout before anything is held for it, unless this attempt did so already.

        Where there is no API (``is_alone``) nobody knows better than this outbox.

        Raises:
            CheckoutInFlight: another attempt of it is running on this host.
            CheckoutClosed: it is confirmed or in doubt.
        """
        with self._transaction() as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM checkouts WHERE reference = ? AND attempt != ?",
                (reference, attempt),
            ).fetchall()
            entries = [entry_of(row) for row in rows]
            earlier = [entry for entry in entries if is_alone or not entry.is_left_to_the_api]
            for entry in earlier:
                _check_free(entry, now)
            is_new = connection.execute(
                "INSERT OR IGNORE INTO checkouts (reference, attempt, step, lease_until, try_at, opened_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (reference, attempt, Step.OPEN, now + lease, now + lease, now),
            ).rowcount
        stands = any(entry.step is Step.KEEP for entry in earlier)
        return Opened(bool(is_new), earlier, may_be_charged=stands or len(entries) > len(earlier))

    def granted(
        self,
        reference: str,
        attempt: str,
        *,
        amount_due: int,
        undiscounted: int,
        tax: int = 0,
        granted: Mapping[str, Any] | None = None,
        kept: Mapping[str, Any] | None = None,
        is_alone: bool = False,
    ) -> None:
        """Write down what an open checkout was granted; a grant made without the API is kept whole: the journal.

        It goes through to disk where nobody else knows of it: a grant, or any where there is no API (``is_alone``).
        What the API grants to this attempt is no earlier one's any more: those that were left to it are forgotten.
        """
        texts = [None if one is None else json.dumps(one, sort_keys=True) for one in (granted, kept)]
        with self._transaction(is_durable=is_alone or granted is not None) as connection:
            connection.execute(
                "UPDATE checkouts SET amount_due = ?, undiscounted = ?, tax = ?, granted = ?, kept = ?"
                " WHERE reference = ? AND attempt = ?",
                (amount_due, undiscounted, tax, *texts, reference, attempt),
            )
            if granted is None:
                connection.execute(
                    "DELETE FROM checkouts WHERE reference = ? AND attempt != ? AND granted IS NULL"
                    f" AND step IN {_listed(LEFT_TO_THE_API)}",
                    (reference, attempt),
                )

    def settle(self, reference: str, attempt: str, step: Step, *, now: float, charged: int | None) -> None:
        """Write down how a checkout ended, through to disk; its delivery is due at once.

        Raises:
            KeyError: the checkout was never entered.
        """
        with self._transaction(is_durable=True) as connection:
            changed = connection.execute(
                "UPDATE checkouts SET step = ?, try_at = ?, charged = ?, tries = 0, why = ''"
                " WHERE reference = ? AND attempt = ?",
                (step, now, charged, reference, attempt),
            ).rowcount
        if not changed:
            raise KeyError(f"checkout {reference} is not in the outbox")

    def advance(
        self,
        entry: Entry,
        step: Step,
        *,
        try_at: float,
        tries: int,
        charged: int | None = None,
        why: str = "",
        has_grant: bool = True,
    ) -> bool:
        """Take an entry a step on, if it is still as it was read; False if somebody else was faster.

        Without ``has_grant`` the grant is forgotten: the API has taken the checkout over.
        """
        with self._transaction() as connection:
            changed = connection.execute(
                "UPDATE checkouts SET step = ?, try_at = ?, charged = coalesce(?, charged), tries = ?, why = ?,"
                f" granted = {'granted' if has_grant else 'NULL'}"
                " WHERE reference = ? AND attempt = ? AND step = ? AND tries = ?",
                (step, try_at, charged, tries, why, entry.reference, entry.attempt, entry.step, entry.tries),
            ).rowcount
        return bool(changed)

    def drop(self, entry: Entry) -> bool:
        """Forget an entry that needs nothing more, if it is still as it was read."""
        with self._transaction() as connection:
            changed = connection.execute(
                "DELETE FROM checkouts WHERE reference = ? AND attempt = ? AND step = ? AND tries = ?",
                (entry.reference, entry.attempt, entry.step, entry.tries),
            ).rowcount
        return bool(changed)

    def remove(self, reference: str, attempt: str) -> None:
        """Forget a checkout that is delivered, or that took nothing."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM checkouts WHERE reference = ? AND attempt = ?", (reference, attempt))

    def due(self, now: float, limit: int = 100) -> list[Entry]:
        """Return what is to be looked at now, the longest waiting first.

        A younger attempt at a reference waits until what an older one has to report is delivered.
        """
        with self._transaction() as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM checkouts AS one"
                f" WHERE try_at <= ? AND {_IS_NOT_DONE} AND step != '{Step.REJECTED}'"
                " AND NOT EXISTS (SELECT 1 FROM checkouts AS older WHERE older.reference = one.reference"
                f" AND older.opened_at < one.opened_at AND older.step IN {_listed(REPORTS)}) ORDER BY try_at LIMIT ?",
                (now, limit),
            ).fetchall()
        return [entry_of(row) for row in rows]

    def recall(self, now: float) -> None:
        """Have every doubt looked up now, also those that were told when nobody here could."""
        with self._transaction() as connection:
            connection.execute(
                f"UPDATE checkouts SET step = ?, try_at = ? WHERE step IN {_listed((Step.IN_DOUBT, Step.TOLD))}",
                (Step.IN_DOUBT, now),
            )

    def entries(self) -> list[Entry]:
        """Return everything that is not done with here, by reference."""
        with self._transaction() as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM checkouts WHERE {_IS_NOT_DONE} ORDER BY reference, opened_at"
            ).fetchall()
        return [entry_of(row) for row in rows]

    def waiting(self) -> dict[str, int]:
        """Return how many checkouts are at each step, but for those that are only remembered."""
        with self._transaction() as connection:
            rows = connection.execute(
                f"SELECT step, count(*) FROM checkouts WHERE {_IS_NOT_DONE} GROUP BY step"
            ).fetchall()
        return dict.fromkeys((one.value for one in Step if one not in REMEMBERED), 0) | dict(rows)

    def purge(self, before: float) -> None:
        """Forget checkouts that were delivered before a moment, and are only remembered."""
        with self._transaction() as connection:
            connection.execute(f"DELETE FROM checkouts WHERE {_IS_DONE} AND try_at < ?", (before,))

    @contextmanager
    def _transaction(self, *, is_durable: bool = False) -> Iterator[sqlite3.Connection]:
        with self._alone():
            connection = self._connection()
            connection.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the one thread of this process at the file; they wait here, not one after the other in SQLite."""
        if not self._lock.acquire(timeout=_BUSY_SECONDS):
            raise sqlite3.OperationalError(f"{self._path} is busy")
        try:
            yield
        finally:
            self._lock.release()

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                _use_wal(connection)
            except BaseException:
                connection.close()
                raise
            self._opened = connection
        return self._opened

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def stop(self) -> bool:
        """Close the connection and let nobody open another one, until ``go_on``; False if somebody keeps it busy."""
        is_stopped = self._lock.acquire(timeout=_BUSY_SECONDS)
        if is_stopped:
            self._close()
        return is_stopped

    def go_on(self) -> None:
        """Let the file be opened again, in whatever process this is by now."""
        self._lock.release()


_OUTBOXES: WeakSet[Outbox] = WeakSet()
_stopped: list[Outbox] = []


def _before_fork() -> None:
    _stopped.extend(outbox for outbox in list(_OUTBOXES) if outbox.stop())


def _after_fork() -> None:
    while _stopped:
        _stopped.pop().go_on()


# A process that inherits an open SQLite file believes that it has locks on it, and what it writes may be lost. So none
# is open while a process forks, as servers do that preload an app.
os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


def _give_to_owner_of_directory(path: Path) -> None:
    """Leave no file of root's, who looked at the settings, in a directory of the shop's: it could not be written to."""
    owner = path.parent.stat()
    if os.geteuid() == 0 and path.stat().st_uid != owner.st_uid:
        os.chown(path, owner.st_uid, owner.st_gid)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn to a write-ahead log. A new file's first users all do so at once, and SQLite lets none of them wait."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_BUSY_PAUSE)
        else:
            return


def _check_free(earlier: Entry, now: float) -> None:
    if earlier.step is Step.OPEN and now < earlier.lease_until:
        raise CheckoutInFlight("Another attempt of this checkout is still running.")
    # A grant that the API does not know yet is in doubt until the shop settles it.
    is_over = earlier.step is Step.RELEASE or (earlier.step is Step.KEEP and earlier.granted is None)
    if not is_over:
        raise CheckoutClosed("This checkout is confirmed or in doubt.")
