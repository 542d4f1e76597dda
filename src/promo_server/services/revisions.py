"""What is noted of the revisions of a company's ruleset, so that grants under one can be checked later.

Of each promotion it is noted from which revision to which it was what it was. So a revision costs what differs from the
one that was noted before it, and a look at some promotions costs those.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from promo_engine import Ruleset, code_form
from promo_server.services.context import Company, Context
from promo_server.storage import insert_new, lock_alone, moment
from promo_server.storage.tables import revision_promotions as noted_promotions
from promo_server.storage.tables import revisions
from promo_server.storage.tables import rulesets as documents

KEPT = timedelta(days=100)
"""How long a revision that another took the place of is kept: longer than a shop is away, or takes goods back."""
STEP = 10
"""How many revisions one transaction forgets at most."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What is noted of a promotion of a revision: whether it had a limit, and the form of its own code."""

    is_limited: bool
    code: str | None


@dataclass(frozen=True, slots=True)
class _Latest:
    """The revision that was noted last: its number, 0 for none, and those of its promotions that are compared."""

    number: int
    promotions: Mapping[str, Noted]


def note_revision(context: Context, company: Company, ruleset: Ruleset, before: Ruleset | None = None) -> None:
    """Note what a grant under this revision may have, unless that is noted; ``ruleset`` is the ``company``'s.

    ``before`` is one that it was changed from: where that was noted last, nothing else has to be compared.
    """
    row = {
        "company_id": company.id,
        "revision": ruleset.revision,
        "rules_version": company.rules_version,
        "created_at": moment(context.clock()),
    }
    while not _is_noted(context, row):
        with context.database.read() as connection:
            number, revision = _last(connection, company.id)
            if before is not None and before.revision == revision:
                changed = _differing(before, ruleset)
                latest, noted = _Latest(number, _noted(before, changed)), _noted(ruleset, changed)
            else:
                latest, noted = _Latest(number, _promotions_of_last(connection, company.id)), _noted(ruleset)
        context.database.transact(partial(_note, row, latest, noted))


def promotions_of(
    connection: Connection, company_id: str, revision: str, promotion_ids: Collection[str]
) -> Mapping[str, Noted] | None:
    """Return those of these promotions that a revision has, by their ids; None of a revision that is not noted."""
    wanted = select(revisions.c.number).filter_by(company_id=company_id, revision=revision)
    number = connection.execute(wanted).scalar_one_or_none()
    if number is None:
        return None
    one = noted_promotions.c
    had_it = (one.since <= number) & (one.until.is_(None) | (one.until > number))
    query = select(noted_promotions).where(one.company_id == company_id, one.promotion_id.in_(promotion_ids), had_it)
    return _by_id(connection, query)


def forget_revisions(context: Context, kept: timedelta = KEPT) -> None:
    """Forget some revisions that another took the place of so long ago; the app calls this every now and then."""
    before = moment(context.clock() - kept)
    with context.database.read() as connection:
        is_any = connection.execute(_over(before)).first() is not None
    if is_any:
        context.database.transact(partial(_forget, before))


def _forget(before: str, connection: Connection) -> None:
    """Forget revisions, their documents, and what none that is left has any more."""
    for row in connection.execute(_over(before)).all():
        own = {"company_id": row.company_id, "revision": row.revision}
        gone = delete(revisions).filter_by(**own, rules_version=row.rules_version)
        if connection.execute(gone).rowcount == 0:
            continue  # it has just become the company's again
        connection.execute(delete(documents).filter_by(**own))
        oldest = select(func.min(revisions.c.number)).filter_by(company_id=row.company_id).scalar_subquery()
        theirs = delete(noted_promotions).filter_by(company_id=row.company_id)
        connection.execute(theirs.where(noted_promotions.c.until <= oldest))


def _over(before: str) -> Select[Any]:
    """Select revisions that one of later rules had replaced by then; not the last: the next one is told from it."""
    by_company = select(revisions.c.company_id, func.max(revisions.c.rules_version).label("rules_version"))
    later = by_company.where(revisions.c.created_at <= before).group_by(revisions.c.company_id).subquery()
    last = select(func.max(_other.c.number)).where(_other.c.company_id == revisions.c.company_id).scalar_subquery()
    query = select(revisions).join(later, revisions.c.company_id == later.c.company_id)
    over = query.where(revisions.c.rules_version < later.c.rules_version, revisions.c.number < last)
    return over.order_by(revisions.c.company_id, revisions.c.number).limit(STEP)


_other = revisions.alias()


def _is_noted(context: Context, row: Mapping[str, Any]) -> bool:
    """Tell whether a revision is noted; where a later version of the rules has it again, it is as if new."""
    own = {name: row[name] for name in ("company_id", "revision")}
    with context.database.read() as connection:
        version = connection.execute(select(revisions.c.rules_version).filter_by(**own)).scalar_one_or_none()
    if version is None:
        return False
    if version >= row["rules_version"]:
        return True
    later = {name: row[name] for name in ("rules_version", "created_at")}
    again = update(revisions).filter_by(**own).where(revisions.c.rules_version < row["rules_version"]).values(**later)
    return context.database.transact(lambda connection: connection.execute(again).rowcount == 1)


def _last(connection: Connection, company_id: str) -> tuple[int, str | None]:
    """Return the number and the name of the revision that was noted last; 0 and None where none was."""
    query = select(revisions.c.number, revisions.c.revision).filter_by(company_id=company_id)
    row = connection.execute(query.order_by(revisions.c.number.desc()).limit(1)).one_or_none()
    return (0, None) if row is None else (row.number, row.revision)


def _promotions_of_last(connection: Connection, company_id: str) -> dict[str, Noted]:
    return _by_id(connection, select(noted_promotions).filter_by(company_id=company_id, until=None))


def _note(row: Mapping[str, Any], latest: _Latest, noted: Mapping[str, Noted], connection: Connection) -> None:
    """Note a revision as the one after the latest; nothing where that is another one by now, or this."""
    company_id, number = row["company_id"], latest.number + 1
    lock_alone(connection, f"revisions of {company_id}")
    if _last(connection, company_id)[0] != latest.number:
        return
    if not insert_new(connection, revisions, {**row, "number": number}):
        return
    over = [{"of": one} for one, before in latest.promotions.items() if noted.get(one) != before]
    new = [
        {"promotion_id": promotion_id, "code_form": one.code, "is_limited": one.is_limited}
        for promotion_id, one in noted.items()
        if latest.promotions.get(promotion_id) != one
    ]
    if over:
        theirs = update(noted_promotions).filter_by(company_id=company_id, promotion_id=bindparam("of"), until=None)
        connection.execute(theirs.values(until=number), over)
    if new:
        connection.execute(insert(noted_promotions).values(company_id=company_id, since=number), new)


def _noted(ruleset: Ruleset, promotion_ids: Collection[str] | None = None) -> dict[str, Noted]:
    promotions = ruleset.promotions
    wanted = promotions.keys() if promotion_ids is None else promotions.keys() & promotion_ids
    return {
        one: Noted(promotions[one].is_limited, (code := promotions[one].code) and code_form(code)) for one in wanted
    }


def _differing(before: Ruleset, after: Ruleset) -> set[str]:
    """Return the ids of promotions that are not the very same value in both: those that were read anew, or went."""
    were, are = before.promotions, after.promotions
    return {one for one in were.keys() | are.keys() if were.get(one) is not are.get(one)}


def _by_id(connection: Connection, query: Any) -> dict[str, Noted]:
    return {row.promotion_id: Noted(row.is_limited, row.code_form) for row in connection.execute(query)}
