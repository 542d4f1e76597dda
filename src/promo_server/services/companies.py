"""Companies and their keys. The first of each is made from the command line, never over HTTP."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from promo_contracts import Scope
from promo_contracts.fields import did_you_mean
from promo_engine import Combination, Currency, DocumentError, Rounding
from promo_server.compile import end_of
from promo_server.services.context import Context, load_company
from promo_server.services.refusal import Refusal
from promo_server.storage import insert_new, instant, instant_or_none, moment
from promo_server.storage.moltin_tables import access_tokens
from promo_server.storage.tables import companies, keys

KEY_PREFIX = "promo"
TOKEN_PREFIX = "token"  # noqa: S105 - what one begins with
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Holder:
    """Who calls: the key's name, its company and what it may do; and the version of the rules at that moment."""

    company_id: str
    name: str
    scopes: frozenset[Scope]
    rules_version: int | None = None

    def may(self, scope: Scope) -> bool:
        """Whether the key has a scope; admin has all."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


def create_company(
    context: Context,
    *,
    company_id: str,
    name: str,
    currency: str = "USD",
    time_zone: str = "UTC",
    rounding: str = "half_up",
    combination: str = "best_for_customer",
    private: Mapping[str, int] = MappingProxyType({}),
    points: str | None = None,
) -> None:
    """Create a company; ``private`` are currencies of its own: exponents by code, as ``{"POINTS": 0}``.

    ``points`` is the one of them in which the points of promotions are credited to customers, if they are.

    Raises:
        DocumentError: the currency, time zone, rounding or combination is not known, or a private currency or the
            name cannot be.
        Refusal: the id is taken.
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", company_id) or company_id in (".", ".."):
        raise DocumentError("company_id", "must have 1 to 64 letters, digits, dots, dashes or underscores")
    _check_name(name)
    Currency.of(currency, _private_currencies(private))
    _check_zone(time_zone)
    _check_choice("rounding", rounding, Rounding)
    _check_choice("combination", combination, Combination)
    if points is not None and private.get(points) != 0:
        raise DocumentError(
            "points", f"must be a private currency without decimals, as {{'POINTS': 0}}, not {points!r}"
        )
    row = {
        "id": company_id,
        "name": name,
        "currency": currency,
        "time_zone": time_zone,
        "rounding": rounding,
        "combination": combination,
        "currencies": json.dumps(dict(sorted(private.items()))),
        "guest_secret": secrets.token_bytes(32),
        "rules_version": 0,
        "created_at": moment(context.clock()),
        "points_currency": points,
    }
    with context.database.write() as connection:
        if not insert_new(connection, companies, row):
            raise Refusal("DUPLICATE_COMPANY", f"The company {company_id!r} exists already.")


def create_key(
    context: Context, *, company_id: str, name: str, scopes: Sequence[Scope], expires: date | None = None
) -> str:
    """Create a key and return it; only its hash is stored, so it is shown this once.

    It is good until the moment ``expires``, or to the end of that day of the company's calendar.

    Raises:
        DocumentError: the name cannot be, or it would be over already.
        Refusal: there is no such company.
    """
    _check_name(name)
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    with context.database.write() as connection:
        company = load_company(connection, company_id)
        ends = None if expires is None else end_of(expires, company.zone)
        if ends is not None and not isinstance(expires, datetime):
            ends += timedelta(seconds=1)  # the last second of a day counts whole
        if ends and ends <= context.clock():
            raise DocumentError("expires", "must be in the future")
        connection.execute(
            insert(keys).values(
                id=key_id,
                company_id=company_id,
                name=name,
                secret_hash=secret_hash(secret),
                scopes=" ".join(sorted(set(scopes))),
                created_at=moment(context.clock()),
                expires_at=ends and moment(ends),
            )
        )
    return f"{KEY_PREFIX}_{key_id}_{secret}"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What is known of a key: never its secret. ``state`` is ``active``, ``expired`` or ``revoked``."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    state: str


def list_keys(context: Context, company_id: str) -> list[KeyInfo]:
    """Return a company's keys, oldest first.

    Raises:
        Refusal: there is no such company.
    """
    now = moment(context.clock())
    with context.database.read() as connection:
        load_company(connection, company_id)
        query = select(keys).where(keys.c.company_id == company_id).order_by(keys.c.created_at, keys.c.id)
        rows = connection.execute(query).all()
    return [
        KeyInfo(
            row.id,
            row.name,
            tuple(row.scopes.split()),
            instant(row.created_at),
            instant_or_none(row.expires_at),
            _key_state(row, now),
        )
        for row in rows
    ]


def revoke_key(context: Context, *, company_id: str, key_id: str) -> None:
    """End a key now and for good; one that is revoked stays so.

    Raises:
        Refusal: the company has no such key.
    """
    with context.database.write() as connection:
        own = (keys.c.company_id == company_id, keys.c.id == key_id)
        row = connection.execute(select(keys).where(*own)).one_or_none()
        if row is None:
            raise Refusal("KEY_NOT_FOUND", f"The company {company_id!r} has no key with the id {key_id!r}.")
        if row.revoked_at is None:
            connection.execute(update(keys).where(*own).values(revoked_at=moment(context.clock())))


def authenticate(context: Context, key: str) -> Holder:
    """Return who holds a key, or a token that was made of one.

    Raises:
        Refusal: ``UNAUTHORIZED``; the same for every wrong key, and for one that has expired or was revoked.
    """
    query, parameters = _question(key)
    return _holder(context, key, context.database.fetch(query, parameters))


def authenticate_at_once(context: Context, key: str) -> Holder | None:
    """Do as ``authenticate`` does where the database answers without a wait, or else return None.

    Raises:
        Refusal: as there.
    """
    query, parameters = _question(key)
    rows = context.database.fetch_at_once(query, parameters)
    return None if rows is None else _holder(context, key, rows)


def _question(key: str) -> tuple[Select[Any], dict[str, str]]:
    """Return how to ask for a key, or for a token, which is as good as its key while both last."""
    prefix, key_id, _ = parts_of(key)
    return (_TOKEN if prefix == TOKEN_PREFIX else _KEY), {"key_id": key_id}


def _holder(context: Context, key: str, rows: Sequence[Sequence[Any]]) -> Holder:
    prefix, _, secret = parts_of(key)
    row = _KeyRow(*rows[0]) if rows else None
    known = row.secret_hash if row else secret_hash("")
    is_right = hmac.compare_digest(known, secret_hash(secret)) and prefix in (KEY_PREFIX, TOKEN_PREFIX)
    if row is None or not is_right or _key_state(row, moment(context.clock())) != "active":
        raise Refusal("UNAUTHORIZED", "The key is missing or not valid: send 'Authorization: Bearer <key>'.")
    return Holder(row.company_id, row.name, _scopes(row.scopes), row.rules_version)


@cache
def _scopes(stored: str) -> frozenset[Scope]:
    return frozenset(Scope(one) for one in stored.split())


def parts_of(key: str) -> tuple[str, str, str]:
    """Return prefix, id and secret of a key."""
    prefix, _, rest = key.partition("_")
    key_id, _, secret = rest.partition("_")
    return prefix, key_id, secret


class _KeyRow(NamedTuple):
    company_id: str
    name: str
    secret_hash: str
    scopes: str
    expires_at: str | None
    revoked_at: str | None
    rules_version: int | None


_KEY = (
    select(*(keys.c[name] for name in _KeyRow._fields[:-1]), companies.c.rules_version)
    .outerjoin(companies, companies.c.id == keys.c.company_id)
    .where(keys.c.id == bindparam("key_id"))
)
_OF_TOKEN = {"secret_hash": access_tokens.c.secret_hash, "expires_at": access_tokens.c.expires_at}
_TOKEN = (
    select(*(_OF_TOKEN.get(name, keys.c[name]) for name in _KeyRow._fields[:-1]), companies.c.rules_version)
    .select_from(access_tokens)
    .join(keys, keys.c.id == access_tokens.c.key_id)
    .outerjoin(companies, companies.c.id == keys.c.company_id)
    .where(access_tokens.c.id == bindparam("key_id"))
)
"""A token ends no later than its key."""


def raise_rules_version(connection: Connection, company_id: str) -> None:
    """Tell every process that the company's ruleset is old; in the transaction of what changed."""
    raised = {"rules_version": companies.c.rules_version + 1}
    connection.execute(update(companies).where(companies.c.id == company_id).values(raised))


def note_value_stores(connection: Connection, company_id: str, now: datetime) -> None:
    """Note that the company has value stores, and have every process see it: in the transaction of the first one."""
    if not load_company(connection, company_id).has_value_stores:
        own = (companies.c.id == company_id, companies.c.value_stores_since.is_(None))
        if connection.execute(update(companies).where(*own).values(value_stores_since=moment(now))).rowcount:
            raise_rules_version(connection, company_id)


def _key_state(row: Row[Any] | _KeyRow, now: str) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now else "active"


def secret_hash(secret: str) -> str:
    """Return what is stored of a secret."""
    # A secret of 256 random bits needs no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()


def _private_currencies(exponents: Mapping[str, int]) -> dict[str, Currency]:
    """Return currencies of these exponents: a code of ISO 4217 keeps what it means everywhere."""
    for code in exponents:
        if _is_iso(code):
            raise DocumentError("private", f"must not be a code of ISO 4217: {code!r}")
    return {code: Currency.interned(code, exponent) for code, exponent in exponents.items()}


def _is_iso(code: str) -> bool:
    try:
        Currency.of(code)
    except DocumentError:
        return False
    return True


def _check_name(name: str) -> None:
    if not (1 <= len(name) <= LONGEST_NAME and name.isprintable()):
        raise DocumentError("name", f"must have 1 to {LONGEST_NAME} printable characters")


def _check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    if value not in list(choices):
        raise DocumentError(name, f"must be one of {', '.join(choices)}")


def _check_zone(time_zone: str) -> None:
    # What a machine calls its own time means nothing to the shops that read the ruleset.
    zones = sorted(available_timezones() - {"localtime", "Factory"})
    if time_zone not in zones:
        nearest = did_you_mean(time_zone[:64], zones)
        raise DocumentError("time_zone", f"must be an IANA name such as Europe/Berlin, not {time_zone[:64]!r}{nearest}")
