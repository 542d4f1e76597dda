"""What a grant under a revision may have, promotion by promotion; before it was one document for each revision."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

rulesets = sa.table("rulesets", *map(sa.column, ("company_id", "revision", "document", "created_at")))
REVISIONS = ("company_id", "revision", "number", "rules_version", "created_at")
revisions = sa.table("revisions", *map(sa.column, REVISIONS))
PROMOTIONS = ("company_id", "promotion_id", "since", "until", "code_form")
promotions = sa.table("revision_promotions", *map(sa.column, PROMOTIONS), sa.column("is_limited", sa.Boolean()))


def upgrade() -> None:
    """Note the promotions of each revision in rows of their own; of the documents only whole ones stay."""
    op.create_table(
        "revisions",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("revision", _text(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("created_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "revision", name="pk_revisions"),
    )
    op.create_index("ix_revisions_number", "revisions", ["company_id", "number"], unique=True)
    op.create_table(
        "revision_promotions",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("promotion_id", _text(64), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("code_form", _text(64)),
        sa.Column("is_limited", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "promotion_id", "since", name="pk_revision_promotions"),
    )
    op.create_index("ix_revision_promotions_until", "revision_promotions", ["company_id", "until"])
    for row in _rows(sa.select(rulesets.c.company_id).distinct()):
        _note_revisions(row.company_id)


def downgrade() -> None:
    """Write the documents again of revisions that have none, and drop the tables."""
    kept = {tuple(row) for row in _rows(sa.select(rulesets.c.company_id, rulesets.c.revision))}
    for row in _rows(sa.select(revisions)):
        own = {"company_id": row.company_id, "revision": row.revision}
        if tuple(own.values()) not in kept:
            noted = {"document": json.dumps(_noted(row), separators=(",", ":")), "created_at": row.created_at}
            op.get_bind().execute(sa.insert(rulesets).values(**own, **noted))
    op.drop_index("ix_revision_promotions_until", "revision_promotions")
    op.drop_table("revision_promotions")
    op.drop_index("ix_revisions_number", "revisions")
    op.drop_table("revisions")


def _note_revisions(company_id: str) -> None:
    """Number the revisions of a company by their age, and note from which to which a promotion was what it was.

    Which version of the rules they were of is not known; the next one that is served is of a later one than 0.
    """
    bind = op.get_bind()
    order = sa.select(rulesets.c.revision, rulesets.c.created_at).where(rulesets.c.company_id == company_id)
    latest: dict[str, tuple[str | None, bool]] = {}
    for number, row in enumerate(_rows(order.order_by(rulesets.c.created_at, rulesets.c.revision)), start=1):
        own = (rulesets.c.company_id == company_id, rulesets.c.revision == row.revision)
        document = json.loads(bind.execute(sa.select(rulesets.c.document).where(*own)).scalar_one())
        values = {"company_id": company_id, "revision": row.revision, "number": number}
        bind.execute(sa.insert(revisions).values(**values, rules_version=0, created_at=row.created_at))
        found = dict(_promotions(document))
        _change(company_id, number, latest, found)
        latest = found
        if "promotions" not in document:
            bind.execute(sa.delete(rulesets).where(*own))


def _promotions(document: dict[str, Any]) -> Iterator[tuple[str, tuple[str | None, bool]]]:
    """Yield each promotion with the form of its own code, and whether it has a limit."""
    if "promotions" not in document:  # noted in short
        for one, code in document["codes"].items():
            yield one, (code, one in document["limited"])
        return
    for promotion in document["promotions"]:
        code = promotion["code"]
        limits = (*promotion["limits"].values(), (promotion["rules"] or {}).get("budget_amount"))
        yield promotion["id"], (code and _form(code), any(limit is not None for limit in limits))


def _change(company_id: str, number: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    bind = op.get_bind()
    for one in [one for one in before if after.get(one) != before[one]]:
        own = (promotions.c.company_id == company_id, promotions.c.promotion_id == one, promotions.c.until.is_(None))
        bind.execute(sa.update(promotions).where(*own).values(until=number))
    new = [
        {"company_id": company_id, "promotion_id": one, "since": number, "code_form": code, "is_limited": is_limited}
        for one, (code, is_limited) in after.items()
        if before.get(one) != (code, is_limited)
    ]
    if new:
        bind.execute(sa.insert(promotions), new)


def _noted(row: Any) -> dict[str, Any]:
    """Return the short document of a revision."""
    had_it = (promotions.c.since <= row.number) & (promotions.c.until.is_(None) | (promotions.c.until > row.number))
    found = _rows(sa.select(promotions).where(promotions.c.company_id == row.company_id, had_it))
    return {
        "codes": {one.promotion_id: one.code_form for one in found},
        "limited": [one.promotion_id for one in found if one.is_limited],
    }


def _rows(query: Any) -> Any:
    return op.get_bind().execute(query).all()


def _form(code: str) -> str:
    """Return the form in which codes are compared."""
    folded = unicodedata.normalize("NFKC", code).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
