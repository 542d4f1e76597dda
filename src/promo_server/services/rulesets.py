"""The compiled rulesets of companies, each kept until its promotions change; then what changed is compiled.

Nothing here is another process's to know: the version in the database says when a ruleset is old.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from promo_contracts import read_json
from promo_contracts.company.errors import FieldProblem
from promo_engine import Benched, Promotion, PromotionTypes, Ruleset, canonical_json, read_ruleset
from promo_server.compile import compile_promotion
from promo_server.services.codes import has_codes
from promo_server.services.context import Company, Context, load_company
from promo_server.services.records import OF_CAMPAIGN, effective_status, select_promotions, stored_body
from promo_server.services.refusal import refuse
from promo_server.services.revisions import note_revision
from promo_server.storage import insert_new, moment
from promo_server.storage.tables import promotions
from promo_server.storage.tables import rulesets as documents


@dataclass(frozen=True, slots=True)
class _Kept:
    """A ruleset, the company as it was then, what it lacks, and of each promotion what tells if its row has changed."""

    company: Company
    ruleset: Ruleset
    marks: Mapping[str, int]
    missing: frozenset[str]

    def is_of(self, company: Company) -> bool:
        """Whether nothing has changed since."""
        return self.company == company

    def can_change_to(self, company: Company, has_unlisted_codes: bool) -> bool:
        """Whether only promotions may differ. What is benched gets a fresh start with all else (decision 12)."""
        is_same = replace(self.company, rules_version=company.rules_version) == company
        may_ask = has_unlisted_codes or company.has_value_stores
        return is_same and self.ruleset.has_unlisted_codes is may_ask and not self.ruleset.benched


class Rulesets:
    """Compiled rulesets by company."""

    def __init__(self, context: Context) -> None:
        """Start empty."""
        self._context = context
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._stored: dict[str, str] = {}
        self._granted: dict[tuple[str, str], _Kept] = {}

    def of(self, connection: Connection, company: Company) -> Ruleset:
        """Return the company's ruleset as of this transaction."""
        kept = self._kept.get(company.id)
        if kept is not None and kept.is_of(company):
            return kept.ruleset
        with self._locks.setdefault(company.id, threading.Lock()):
            kept = self._kept.get(company.id)  # who held the lock may have done it
            if kept is None or not kept.is_of(company):
                kept = self._kept[company.id] = self._compile(connection, company, kept)
        return kept.ruleset

    def prepare(self, company_id: str, rules_version: int | None) -> None:
        """Compile what is new in this version of the rules, before a transaction that others wait for.

        What changes between here and there, that transaction compiles.

        Raises:
            Refusal: ``NOT_FOUND``.
        """
        kept = self._kept.get(company_id)
        if kept is None or kept.company.rules_version != rules_version:
            with self._context.database.read() as connection:
                self.of(connection, load_company(connection, company_id))

    def of_revision(self, connection: Connection, company: Company, revision: str) -> Ruleset | None:
        """Return the company's ruleset of a revision: today's, or one that is stored; None where neither is it.

        Raises:
            DocumentError: it was written by another version of this program, which this one cannot read.
        """
        today = self.of(connection, company)
        if today.revision == revision:
            return today
        kept = select(documents.c.document).filter_by(company_id=company.id, revision=revision)
        text = connection.execute(kept).scalar_one_or_none()
        return None if text is None else read_ruleset(read_json(text.encode()), self._context.types)

    def with_drafts(self, connection: Connection, company: Company, drafts: Sequence[str]) -> Ruleset:
        """Return the company's ruleset as if these drafts were published; what is published already stays as it is.

        Raises:
            InvalidFields: one is not a promotion of this company, or is archived.
        """
        if not drafts:
            return self.of(connection, company)
        query = select_promotions(company.id).where(promotions.c.id.in_(drafts))
        found = {row.id: row for row in connection.execute(query)}
        unknown = [place for place, one in enumerate(drafts) if one not in found or found[one].status == "archived"]
        refuse([FieldProblem(f"drafts[{place}]", "is not the id of a draft of this company") for place in unknown])
        added = [self._promotion(row, company) for row in found.values() if row.status == "draft"]
        return self.of(connection, company).changed(*added)

    def benched(self) -> list[Benched]:
        """Return what this process does not ask any more, for whatever company."""
        return sorted({one for kept in self._every() for one in kept.ruleset.benched})

    def missing(self) -> list[str]:
        """Return the types and conditions of promotions that no plugin of this process supplies."""
        return sorted({name for kept in self._every() for name in kept.missing})

    def granted(self, company_id: str, revision: str) -> None:
        """Note that something was granted under a revision: ``keep`` stores it, and a return may price by it."""
        kept = self._kept.get(company_id)
        is_stored = self._stored.get(company_id) == revision
        if kept is not None and not is_stored and kept.ruleset.revision == revision:
            self._granted[company_id, revision] = kept

    def keep(self) -> None:
        """Store the rulesets that something was granted under; the app calls this every now and then."""
        for (company_id, revision), kept in list(self._granted.items()):
            self._store(kept)
            self._stored[company_id] = revision
            self._granted.pop((company_id, revision), None)

    def _store(self, kept: _Kept) -> None:
        note_revision(self._context, kept.company, kept.ruleset)
        row = {
            "company_id": kept.company.id,
            "revision": kept.ruleset.revision,
            "document": canonical_json(kept.ruleset.document()).decode(),
            "created_at": moment(self._context.clock()),
        }
        self._context.database.transact(partial(insert_new, table=documents, row=row))

    def _every(self) -> list[_Kept]:
        return list(self._kept.values())

    def _compile(self, connection: Connection, company: Company, kept: _Kept | None) -> _Kept:
        """Compile what is not as it was; all of it where there is nothing to begin with."""
        has_unlisted = has_codes(connection, company.id)
        before = kept if kept is not None and kept.can_change_to(company, has_unlisted) else None
        known = before.marks if before else {}
        marks: dict[str, int] = {}
        compiled: list[Promotion] = []
        for row in connection.execute(_published(company.id)):
            # The body itself, whatever a clock says of it; 64 bits tell two of them apart.
            marks[row.id] = hash((row.body, row.status, row.campaign_status, row.own_currency, row.campaign_id))
            if known.get(row.id) != marks[row.id]:
                compiled.append(self._promotion(row, company))
        if before is None:
            ruleset = self._ruleset(compiled, company, has_unlisted)
        else:
            ruleset = before.ruleset.changed(*compiled, removed=known.keys() - marks.keys())
        return _Kept(company, ruleset, marks, frozenset(_missing(ruleset, self._context.types)))

    def _ruleset(self, compiled: Sequence[Promotion], company: Company, has_unlisted_codes: bool) -> Ruleset:
        return Ruleset(
            compiled,
            self._context.types,
            company_id=company.id,
            time_zone=company.zone.key,
            rounding=company.rounding,
            combination=company.combination,
            has_unlisted_codes=has_unlisted_codes,
            has_value_stores=company.has_value_stores,
        )

    def _promotion(self, row: Row[Any], company: Company) -> Promotion:
        body = stored_body(row)
        return compile_promotion(
            body,
            self._context.types,
            company.currency_of(row.own_currency),
            company.zone,
            private=company.private,
            promotion_id=row.id,
            campaign_id=row.campaign_id,
            code=body.promotion_code,
            status="paused" if row.campaign_status == "inactive" else effective_status(row),
        )


def _missing(ruleset: Ruleset, types: PromotionTypes) -> Iterator[str]:
    for promotion in ruleset.promotions.values():
        if promotion.type not in types:
            yield promotion.type
        yield from (name for name in promotion.eligibility.conditions if name not in types.conditions)


def _published(company_id: str) -> Any:
    """Select what rulesets are made of."""
    wanted = (promotions.c.id, promotions.c.campaign_id, promotions.c.status, promotions.c.body)
    query = select_promotions(company_id).with_only_columns(*wanted, *OF_CAMPAIGN, maintain_column_froms=True)
    return query.where(promotions.c.status.in_(("active", "paused")))
