"""A shop of few lines whose files are shared by its workers, and which dies where chance has it: once each.

Its payment provider writes down each charge, without looking whether there was one before.
"""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from examples.shop.database import Database
from examples.shop.payments import Payments
from promo_middleware import Hold
from promo_middleware.wsgi import KEY

SCHEMA = """
CREATE TABLE IF NOT EXISTS checkouts (
    number INTEGER PRIMARY KEY, is_done INTEGER NOT NULL DEFAULT 0, clerk INTEGER, said TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS orders (reference TEXT PRIMARY KEY, total INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS deaths (reference TEXT NOT NULL, point TEXT NOT NULL, PRIMARY KEY (reference, point)) STRICT;
"""
HANDLER_POINTS = ("before the hold", "after the hold", "after the charge", "after the order")
PORT_POINTS = ("before the confirm", "after the confirm")
POINTS = (*HANDLER_POINTS, *PORT_POINTS)
DOOMED, DECLINED, BROKEN = 0.15, 0.05, 0.03
"""How many of all checkouts kill their worker, are declined by the bank, and fail after the charge."""
CUSTOMERS = 200
CODES = (("FREE", "MANY"), ("FREE", "SOME", "EACH"), ("MANY", "FUND"), ("FREE",), ("EACH", "FUND"), ())


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one checkout: where its worker dies, and whether the bank declines or the shop fails."""

    point: str | None
    is_declined: bool
    is_broken: bool

    @classmethod
    def of(cls, seed: int, number: int) -> "Fate":
        """Draw it, always the same."""
        chance = Random(f"{seed} {number}")
        point = chance.choice(POINTS) if chance.random() < DOOMED else None
        return cls(point, chance.random() < DECLINED, chance.random() < BROKEN)


class Stall:
    """Carts by number, orders and charges. ``seed`` is of fate, from which a process may be spared."""

    def __init__(self, folder: Path, seed: int, *, is_spared: bool = False) -> None:
        """Open the files, or make them."""
        self.database = Database(folder / "stall.db", SCHEMA)
        self.payments = Payments(folder / "payments.db")
        self._seed = seed
        self._is_spared = is_spared

    # --- the checkouts that are to be made ----------------------------------------------------------------------------

    def fill(self, count: int) -> None:
        """Have so many checkouts to make."""
        with self.database.write() as connection:
            connection.executemany("INSERT INTO checkouts (number) VALUES (?)", [(n,) for n in range(count)])

    def next(self) -> int | None:
        """Take a checkout that nobody is at, for this process; None when there is none."""
        with self.database.write() as connection:
            row = connection.execute(
                "UPDATE checkouts SET clerk = ? WHERE number ="
                " (SELECT number FROM checkouts WHERE NOT is_done AND clerk IS NULL LIMIT 1) RETURNING number",
                (os.getpid(),),
            ).fetchone()
        return None if row is None else int(row["number"])

    def done(self, number: int, said: str) -> None:
        """Note what a shopper heard last."""
        with self.database.write() as connection:
            connection.execute("UPDATE checkouts SET is_done = 1, said = ? WHERE number = ?", (said, number))

    def left_by(self, clerk: int) -> None:
        """Let others take what a worker that died was at: the shopper clicks again."""
        with self.database.write() as connection:
            connection.execute("UPDATE checkouts SET clerk = NULL WHERE clerk = ? AND NOT is_done", (clerk,))

    def count(self, statement: str) -> dict[str, int]:
        """Return what a statement counts."""
        with self.database.read() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(statement)}

    def orders(self) -> dict[str, int]:
        """Return the total that is stored of each order."""
        return self.count("SELECT reference, total FROM orders")

    # --- the shop -----------------------------------------------------------------------------------------------------

    def cart(self, number: int) -> dict[str, Any]:
        """Return a cart of its shopper's."""
        chance = Random(f"{self._seed} cart {number}")
        lines: list[dict[str, Any]] = [
            {
                "id": f"l{n}",
                "sku": f"S{n}",
                "unit_price": chance.randint(2_000, 9_000),
                "quantity": chance.randint(1, 3),
            }
            for n in range(chance.randint(1, 3))
        ]
        return {
            "currency": "USD",
            "lines": lines,
            "codes": list(chance.choice(CODES)),
            "customer": f"c{chance.randrange(CUSTOMERS)}",
            "total": sum(line["unit_price"] * line["quantity"] for line in lines),
        }

    def die(self, reference: str, point: str) -> None:
        """Kill this process here, if that is this checkout's fate, and has not come true yet."""
        if self._is_spared or Fate.of(self._seed, number_of(reference)).point != point:
            return
        with self.database.write() as connection:
            is_new = connection.execute("INSERT OR IGNORE INTO deaths VALUES (?, ?)", (reference, point)).rowcount
        if is_new:
            os.kill(os.getpid(), signal.SIGKILL)

    def sell(self, hold: Hold) -> tuple[int, dict[str, Any]]:
        """Charge what is held, store the order, answer."""
        self.die(hold.reference, "after the hold")
        fate = Fate.of(self._seed, number_of(hold.reference))
        if fate.is_declined:
            return 402, {}
        self.payments.charge(hold.reference, hold.amount_due)
        self.die(hold.reference, "after the charge")
        if fate.is_broken:
            raise RuntimeError("the shop fails after the charge")
        with self.database.write() as connection:
            connection.execute("INSERT INTO orders VALUES (?, ?)", (hold.reference, hold.amount_due))
        self.die(hold.reference, "after the order")
        return 201, {"order": hold.reference, "total": hold.amount_due}


def number_of(reference: str) -> int:
    """Return the number of a checkout.

    >>> number_of("r7")
    7
    """
    return int(reference.removeprefix("r"))


def asgi(stall: Stall) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """Serve ``GET /carts/r1`` and ``POST /carts/r1/checkout`` by ASGI."""

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        reference = scope["path"].split("/")[2]
        cart, status = stall.cart(number_of(reference)), 200
        if scope["method"] == "POST":
            await asyncio.to_thread(stall.die, reference, "before the hold")
            hold = await scope["state"]["promotions"].hold(reference=reference, cart=cart)
            status, cart = await asyncio.to_thread(stall.sell, hold)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(cart).encode()})

    return app


def wsgi(stall: Stall) -> Callable[[Any, Any], Iterable[bytes]]:
    """Serve the same by WSGI."""

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        reference = environ["PATH_INFO"].split("/")[2]
        cart, status = stall.cart(number_of(reference)), 200
        if environ["REQUEST_METHOD"] == "POST":
            stall.die(reference, "before the hold")
            status, cart = stall.sell(environ[KEY].hold(reference=reference, cart=cart))
        start_response(f"{status} Chaos", [("Content-Type", "application/json")])
        return [json.dumps(cart).encode()]

    return app
