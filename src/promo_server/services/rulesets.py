"""The compiled ruleset of a company, kept as long as its promotions do not change."""

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from promo_contracts.company.errors import FieldProblem
from promo_engine import Promotion, Ruleset, canonical_json
from promo_server.compile import compile_promotion
from promo_server.services.codes import has_codes
from promo_server.services.context import Company, Context
from promo_server.services.records import effective_status, select_promotions, stored_body
from promo_server.services.refusal import refuse
from promo_server.storage import insert_new, moment
from promo_server.storage.tables import promotions, rulesets


class Rulesets:
    """Compiled rulesets by company; the version in the database says when one is old."""

    def __init__(self, context: Context) -> None:
        """Start empty."""
        self._context = context
        self._compiled: dict[str, tuple[int, Ruleset]] = {}
        self._stored: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def of(self, connection: Connection, company: Company) -> Ruleset:
        """Return the company's ruleset as of this transaction."""
        kept = self._compiled.get(company.id)
        if kept is not None and kept[0] == company.rules_version:
            return kept[1]
        with self._lock:
            ruleset = self._compile(connection, company)
            self._compiled[company.id] = (company.rules_version, ruleset)
        return ruleset

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

    def served(self, company: Company, ruleset: Ruleset) -> bytes:
        """Return the document to serve; its revision is stored, so that grants under it can be checked later."""
        document = canonical_json(ruleset.document())
        if (company.id, ruleset.revision) not in self._stored:
            self._store(company.id, ruleset.revision, document.decode())
            self._stored.add((company.id, ruleset.revision))
        return document

    def _store(self, company_id: str, revision: str, document: str) -> None:
        now = moment(self._context.clock())
        row = {"company_id": company_id, "revision": revision, "document": document, "created_at": now}
        self._context.database.transact(partial(insert_new, table=rulesets, row=row))

    def _compile(self, connection: Connection, company: Company) -> Ruleset:
        query = select_promotions(company.id).where(promotions.c.status.in_(("active", "paused")))
        return Ruleset(
            [self._promotion(row, company) for row in connection.execute(query)],
            self._context.types,
            company_id=company.id,
            time_zone=company.zone.key,
            rounding=company.rounding,
            combination=company.combination,
            has_unlisted_codes=has_codes(connection, company.id),
        )

    def _promotion(self, row: Row[Any], company: Company) -> Promotion:
        body = stored_body(row)
        return compile_promotion(
            body,
            self._context.types,
            company.currency_of(row.campaign_currency),
            company.zone,
            private=company.private,
            promotion_id=row.id,
            campaign_id=row.campaign_id,
            code=body.promotion_code or "",
            status="paused" if row.campaign_status == "inactive" else effective_status(row),
        )


def granted_document(connection: Connection, company_id: str, revision: str) -> str | None:
    """Return the ruleset document of a revision, if this server ever served it."""
    query = select(rulesets.c.document).filter_by(company_id=company_id, revision=revision)
    return connection.execute(query).scalar_one_or_none()
