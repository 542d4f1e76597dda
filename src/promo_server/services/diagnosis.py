"""What an operator wants to know of an installation: of each thing whether it is well, and what to do where it is not.

Nothing is changed, and no database is made, by looking at it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import cycle, islice
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from promo_contracts import read_json
from promo_engine import Cart, PluginError, PromotionTypes, Ruleset, discover, explain, read_cart
from promo_engine.bench import MOST_FAILURES
from promo_engine.registry import Registered
from promo_server.code_keys import CodeKeys
from promo_server.services.codes import look_up
from promo_server.services.context import NO_KEYS, Company, Context, load_company, utc_now
from promo_server.services.lightrail.audit import codes_by_unknown_keys, count_stores, keys_of_others, unbalanced
from promo_server.services.pending import pending_work
from promo_server.services.pricing import evaluate_now
from promo_server.services.readiness import look_at_schema
from promo_server.services.rulesets import Rulesets
from promo_server.storage import (
    Database,
    DatabaseNameError,
    StorageError,
    clock_of,
    file_of,
    instant,
    moment,
    shown,
)
from promo_server.storage.tables import companies, promotions, redemptions

SANE = timedelta(seconds=2)
"""How far two clocks may be apart: a moment that two servers see differently by so little harms nobody."""
FAR_OFF = timedelta(minutes=1)
"""Leases and holds of that length are misjudged by who is so far off."""
MOST_NAMED = 5


class Level(StrEnum):
    """How well something is; the server cannot do its work where there is a problem."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"

    @property
    def is_problem(self) -> bool:
        """Whether somebody must do something before all works again."""
        return self is Level.PROBLEM


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``todo`` is what to do about it, empty where all is well."""

    name: str
    level: Level
    said: str
    todo: str = ""


def diagnose(name: str, clock: Callable[[], datetime] = utc_now, code_keys: CodeKeys = NO_KEYS) -> list[Finding]:
    """Look at everything that a server on the database of this name would need, and at what waits in it."""
    types, plugins = _plugins()
    configuration = _configuration(name)
    if configuration.level is Level.PROBLEM:
        return [configuration, plugins]
    findings = [plugins]
    try:
        with closing(Database(name)) as database:
            findings[:0] = [configuration, *_database(database)]
            if types is not None and not worst(findings).is_problem:
                context = Context(database, types, clock, code_keys=code_keys)
                with database.read() as connection:
                    findings += _contents(context, connection)
    except (StorageError, SQLAlchemyError) as error:
        return [configuration, _unanswered(error), plugins]
    return findings


def worst(findings: Sequence[Finding]) -> Level:
    """Return the worst of the levels."""
    return max((one.level for one in findings), key=list(Level).index)


def _configuration(name: str) -> Finding:
    try:
        said, file = f"It is {shown(name)}.", file_of(name)
    except DatabaseNameError as error:
        todo = "Name it by --database, or in PROMO_DATABASE."
        return Finding("configuration", Level.PROBLEM, str(error), todo)
    if file is not None and not file.is_file():
        todo = "Name another one by --database or in PROMO_DATABASE; or let promo company create make it."
        return Finding("configuration", Level.PROBLEM, f"{said} There is no such file.", todo)
    if file is not None and file.stat().st_mode & 0o077:
        todo = f"chmod 600 {file}"
        return Finding("configuration", Level.WARNING, f"{said} Others on this machine may open it.", todo)
    return Finding("configuration", Level.OK, said)


def _database(database: Database) -> Iterator[Finding]:
    is_current, said = look_at_schema(database)
    yield Finding("database", Level.OK, "It answers.")
    todo = "" if is_current else "promo migrate; where a part of the tables is missing, restore a backup."
    yield Finding("schema", Level.OK if is_current else Level.PROBLEM, said, todo)


def _unanswered(error: Exception) -> Finding:
    why = str(error.__cause__ or error).strip().splitlines()[0]
    todo = "Start it, or look at its log; see that --database or PROMO_DATABASE names the right one."
    return Finding("database", Level.PROBLEM, f"It does not answer: {why}", todo)


def _plugins() -> tuple[PromotionTypes | None, Finding]:
    try:
        types = discover()
    except PluginError as error:
        return None, Finding("plugins", Level.PROBLEM, f"{error}.", "Repair, install or uninstall that distribution.")
    every: list[Registered[Any]] = [*types.registered(), *types.conditions.registered()]
    listed = ", ".join(f"{one.supplied.name} {one.supplied.version} ({one.origin})" for one in every)
    return types, Finding("plugins", Level.OK, f"{len(every)} are loaded: {listed}.")


def _contents(context: Context, connection: Connection) -> Iterator[Finding]:
    ids = connection.execute(select(companies.c.id).order_by(companies.c.id)).scalars().all()
    if ids:
        yield Finding("companies", Level.OK, f"There are {len(ids)}: {_named(dict.fromkeys(ids, None))}.")
    else:
        yield Finding("companies", Level.WARNING, "There is none.", "promo company create COMPANY")
    yield from _clock(context, connection)
    yield from _promotions(context, connection, [load_company(connection, one) for one in ids])
    yield from _values(context, connection)
    yield from _pending(connection, context.clock())


def _values(context: Context, connection: Connection) -> Iterator[Finding]:
    """Look at the value stores, where there are any."""
    number = count_stores(connection)
    if not number:
        return
    wrong = unbalanced(connection)
    if wrong:
        said = f"What some hold is not the sum of their transactions: {_named(dict.fromkeys(wrong, None))}."
        todo = "Something else wrote to the database. Freeze them, and restore a backup beside it to compare."
        yield Finding("value stores", Level.PROBLEM, said, todo)
    else:
        yield Finding("value stores", Level.OK, f"What {number} hold is the sum of their transactions.")
    lacking = codes_by_unknown_keys(connection, context.code_keys)
    if lacking:
        said = f"Secret codes are by keys that are not there: {_named(lacking)}. Nobody can use them."
        todo = "Name the file that has these keys by --code-keys, or in PROMO_CODE_KEYS, as to promo serve."
        yield Finding("secret codes", Level.PROBLEM, said, todo)
    others = keys_of_others(connection, context.code_keys)
    if others:
        said = f"Codes by keys of these names are not read by them: {_named(dict.fromkeys(others, None))}."
        todo = "Put the secrets back that the keys of these names had; give a new key another name."
        yield Finding("secret codes", Level.PROBLEM, said, todo)


def _clock(context: Context, connection: Connection) -> Iterator[Finding]:
    theirs, ours = clock_of(connection), context.clock()
    todo = "Set the clocks of both machines by NTP."
    own = redemptions.c.is_delivered.is_(False)
    newest = connection.execute(select(func.max(redemptions.c.held_at)).where(own)).scalar_one()
    if newest is not None and instant(newest) > ours + SANE:
        said = f"It shows {moment(ours)}, which is before the newest hold, of {newest}: it is slow, or was fast."
        yield Finding("clock", Level.PROBLEM, said, "Set this machine's clock by NTP; holds end by it.")
    elif theirs is None:
        yield Finding("clock", Level.OK, f"It shows {moment(ours)}, and nothing was held after that.")
    else:
        apart = abs(theirs - ours)
        level = Level.OK if apart <= SANE else Level.WARNING if apart <= FAR_OFF else Level.PROBLEM
        said = f"It shows {moment(ours)}; the database's is {apart.total_seconds():.3f} s away from it."
        yield Finding("clock", level, said, "" if level is Level.OK else todo)


def _promotions(context: Context, connection: Connection, every: Sequence[Company]) -> Iterator[Finding]:
    missing = {name: number for name, number in _types_in_use(connection).items() if name not in context.types}
    if missing:
        said = f"No plugin supplies the types of some: {_named(missing)}. They do not apply."
        yield Finding("promotions", Level.PROBLEM, said, "Install the plugins again, or archive those promotions.")
        return
    failing = _failing(context, connection, every)
    if failing:
        said = f"Plugins fail with the newest carts, so that servers bench them: {', '.join(failing)}."
        yield Finding("promotions", Level.PROBLEM, said, "Repair or uninstall these plugins, then restart the servers.")
    else:
        yield Finding("promotions", Level.OK, "Their types are all there, and the newest carts bench no plugin.")


def _types_in_use(connection: Connection) -> dict[str, int]:
    query = select(promotions.c.type, func.count().label("number")).where(promotions.c.status.in_(("active", "paused")))
    rows = connection.execute(query.group_by(promotions.c.type).order_by(promotions.c.type))
    return {row.type: row.number for row in rows}


def _failing(context: Context, connection: Connection, every: Sequence[Company]) -> list[str]:
    """Price each company's newest carts until what fails is benched, as a server would; observers are not told."""
    types = PromotionTypes([*context.types.registered(), *context.types.conditions.registered()])
    rulesets = Rulesets(replace(context, types=types))
    found: dict[str, str] = {}
    for company in every:
        ruleset = rulesets.of(connection, company)
        carts = _newest_carts(connection, company, moment(context.clock()))
        for cart in islice(cycle(carts), MOST_FAILURES):
            codes = look_up(connection, company.id, ruleset.unlisted(cart))
            evaluate_now(connection, company, ruleset, cart, codes)
        found |= {one.name: f"{one.name} of {one.distribution} ({one.error})" for one in ruleset.benched}
        # What failed when the rules were compiled is not asked at all, so it is never benched.
        for name in (name for cart in carts[:1] for name in _failed(cart, ruleset)):
            found.setdefault(name, f"{name} (its error is on stderr)")
    return [found[name] for name in sorted(found)]


def _failed(cart: Cart, ruleset: Ruleset) -> Iterator[str]:
    """Name the types and conditions that are the reason why a promotion does not apply."""
    for one in explain(cart, ruleset):
        if one.reason.code == "plugin_failed":
            yield from map(str, one.reason.params.values())


def _newest_carts(connection: Connection, company: Company, at: str) -> list[Cart]:
    """Read the carts of the newest redemptions, as if they were priced at this moment."""
    query = select(redemptions.c.cart).where(redemptions.c.company_id == company.id)
    newest = connection.execute(query.order_by(redemptions.c.held_at.desc()).limit(MOST_FAILURES))
    return [read_cart({**read_json(text.encode()), "at": at}) for text in newest.scalars()]


def _pending(connection: Connection, now: datetime) -> Iterator[Finding]:
    waiting = pending_work(connection, now)
    by_hand = "promo redemptions in-doubt COMPANY, then promo redemptions settle."
    refused = "promo redemptions rejected COMPANY says why. The shop charged them: are its rules and clock current?"
    for name, number, what, todo in (
        ("in doubt", waiting.in_doubt, "redemptions are in doubt", by_hand),
        ("late", waiting.late, "redemptions are late", by_hand),
        ("rejected grants", waiting.rejected, "grants of shops were rejected", refused),
        ("sweep", waiting.unswept, "holds are over and not swept", "No server runs on this database: promo serve."),
    ):
        level = Level.WARNING if number else Level.OK
        said = f"{sum(number.values())} {what}: {_named(number)}." if number else f"No {what}."
        yield Finding(name, level, said, todo if number else "")


def _named(numbers: Mapping[str, int | None]) -> str:
    """Name what is counted, with the counts where there are any, and not too many of them."""
    names = [name if number is None else f"{name} {number}" for name, number in islice(numbers.items(), MOST_NAMED)]
    return ", ".join([*names, *(["…"] if len(numbers) > MOST_NAMED else [])])
