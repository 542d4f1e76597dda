"""What every use case is given: the database, the installed types, a clock and ids."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, bindparam, select

from promo_engine import Combination, Currency, PromotionTypes, Rounding, discover
from promo_server.code_keys import CodeKeys
from promo_server.services.code_symbols import random_symbols
from promo_server.services.gathering import Gathering
from promo_server.services.refusal import Refusal
from promo_server.services.words import CodeWords
from promo_server.storage import Database, open_database
from promo_server.storage.tables import companies

NO_WORDS = CodeWords()
NO_KEYS = CodeKeys()


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def random_id(prefix: str) -> str:
    """Make an id, as ``promo_1f0c…``.

    >>> len(random_id("promo"))
    22
    """
    return f"{prefix}_{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Context:
    """The parts that services work with; time, ids and the random part of codes come from here: tests decide them."""

    database: Database
    types: PromotionTypes
    clock: Callable[[], datetime] = field(default=utc_now)
    new_id: Callable[[str], str] = field(default=random_id)
    code_words: CodeWords = NO_WORDS
    new_symbols: Callable[[int], str] = field(default=random_symbols)
    code_keys: CodeKeys = NO_KEYS
    gatherings: dict[str, Gathering[Any, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Where holds wait that are asked for at the same time, by company; another clock makes others of them."""


def create_context(
    database: Path | str,
    *,
    types: PromotionTypes | None = None,
    clock: Callable[[], datetime] = utc_now,
    new_id: Callable[[str], str] = random_id,
    code_words: CodeWords = NO_WORDS,
    code_keys: CodeKeys = NO_KEYS,
) -> Context:
    """Open a database, named by a path or a URL, and discover the plugins; words and keys of codes are the operator's.

    Raises:
        StorageError: the database cannot be opened, or needs ``promo migrate``.
        PluginError: the installed plugins do not make a registry.
    """
    return Context(open_database(database), types or discover(), clock, new_id, code_words, code_keys=code_keys)


@dataclass(frozen=True, slots=True)
class Company:
    """A company: whose promotions, whose clock, whose currency; ``private`` are its own currencies by code.

    ``points`` is the code of the one that points are credited in, None where nobody keeps them here.
    """

    id: str
    name: str
    currency: Currency
    zone: ZoneInfo
    rounding: Rounding
    combination: Combination
    private: Mapping[str, Currency]
    guest_secret: bytes = field(repr=False)
    rules_version: int = 0
    points: str | None = None
    has_value_stores: bool = False

    def currency_of(self, campaign_currency: str | None) -> Currency:
        """Return the currency of a campaign's promotions: the campaign's own, or else the company's.

        Raises:
            DocumentError: neither ISO 4217 nor the company has one of this code.
        """
        return self.currency if campaign_currency is None else Currency.of(campaign_currency, self.private)


def load_company(connection: Connection, company_id: str) -> Company:
    """Load a company.

    Raises:
        Refusal: ``NOT_FOUND``.
    """
    return _loaded(connection, _COMPANY, company_id)


def company_to_change(connection: Connection, company_id: str) -> Company:
    """Load a company whose campaigns or promotions are to change: one change after the other, shoppers do not wait.

    Raises:
        Refusal: ``NOT_FOUND``.
    """
    return _loaded(connection, _COMPANY.with_for_update(), company_id)


def company_to_stay(connection: Connection, company_id: str) -> Company:
    """Load a company that nobody may change until the transaction ends.

    Raises:
        Refusal: ``NOT_FOUND``.
    """
    return _loaded(connection, _COMPANY.with_for_update(read=True), company_id)


COMPANY_COLUMNS = (
    companies.c.id,
    companies.c.name,
    companies.c.currency,
    companies.c.time_zone,
    companies.c.rounding,
    companies.c.combination,
    companies.c.currencies,
    companies.c.guest_secret,
    companies.c.rules_version,
    companies.c.points_currency,
    companies.c.value_stores_since,
)
"""What ``company_of`` makes a company of."""

_COMPANY = select(*COMPANY_COLUMNS).where(companies.c.id == bindparam("company"))


def _loaded(connection: Connection, query: Select[Any], company_id: str) -> Company:
    return company_of(connection.execute(query, {"company": company_id}).one_or_none())


def company_of(row: Sequence[Any] | None) -> Company:
    """Return the company of a row of ``COMPANY_COLUMNS``.

    Raises:
        Refusal: ``NOT_FOUND``: there is no row.
    """
    if row is None:
        raise Refusal("NOT_FOUND", "There is no such company.")
    return _company(*row)


@lru_cache(1_000)
def _company(*columns: Any) -> Company:
    """Make a company of its columns: every transaction needs it, and it hardly ever changes."""
    of = {column.name: value for column, value in zip(COMPANY_COLUMNS, columns, strict=True)}
    private = {code: Currency.interned(code, exponent) for code, exponent in json.loads(of["currencies"]).items()}
    return Company(
        id=of["id"],
        name=of["name"],
        currency=Currency.of(of["currency"], private),
        zone=ZoneInfo(of["time_zone"]),
        rounding=Rounding(of["rounding"]),
        combination=Combination(of["combination"]),
        private=private,
        guest_secret=of["guest_secret"],
        rules_version=of["rules_version"],
        points=of["points_currency"],
        has_value_stores=of["value_stores_since"] is not None,
    )
