"""A stand-in for a payment provider: it takes every amount, and writes each charge down in a file of its own.

It does not look whether a reference was charged before: a shop that charges twice can be seen doing it.
"""

from pathlib import Path

from examples.shop.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS charges (
    id INTEGER PRIMARY KEY,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0)
) STRICT
"""


class Payments:
    """Charges by checkout reference; amounts are cents."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def charge(self, reference: str, amount: int) -> None:
        """Charge an amount."""
        with self._database.write() as connection:
            connection.execute("INSERT INTO charges (reference, amount) VALUES (?, ?)", (reference, amount))

    def charged(self, reference: str) -> int | None:
        """Return what was charged for a reference in all, or None: this is the middleware's ``order_lookup``."""
        with self._database.read() as connection:
            row = connection.execute("SELECT sum(amount) FROM charges WHERE reference = ?", (reference,)).fetchone()
        amount: int | None = row[0]
        return amount

    def charges(self) -> list[tuple[str, int]]:
        """Return every charge, in order."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT reference, amount FROM charges ORDER BY id").fetchall()
        return [(row["reference"], row["amount"]) for row in rows]
