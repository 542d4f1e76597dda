"""The tables. The company comes first in every key: no query can forget it.

What changes here needs a revision in ``migrations/versions`` that does the same to a database with data in it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from promo_server.storage import columns
from promo_server.storage.columns import CUSTOMER, FORM, ID, MOMENT, text_of

metadata = columns.metadata

companies = Table(
    "companies",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", text_of(255), nullable=False),
    Column("currency", text_of(16), nullable=False),
    Column("time_zone", text_of(64), nullable=False),
    Column("rounding", text_of(16), nullable=False),
    Column("combination", text_of(32), nullable=False),
    # Private ones, by code with their exponents, as JSON.
    Column("currencies", Text, nullable=False),
    # Guests are counted by a hash under this key; it never leaves the database.
    Column("guest_secret", LargeBinary, nullable=False),
    # Raised in the transaction of every change to promotions: tells each process that its ruleset is old.
    Column("rules_version", Integer, nullable=False, default=0),
    Column("created_at", MOMENT, nullable=False),
    # The private currency that points of promotions are credited in; null where nobody keeps them here.
    Column("points_currency", text_of(16)),
    # When it got its first value store; null while a checkout need not ask for any.
    Column("value_stores_since", MOMENT),
)

keys = Table(
    "keys",
    metadata,
    Column("id", ID, primary_key=True),
    Column("company_id", ID, nullable=False),
    Column("name", text_of(255), nullable=False),
    Column("secret_hash", text_of(64), nullable=False),
    Column("scopes", text_of(255), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT),
    Column("revoked_at", MOMENT),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("name", text_of(255), nullable=False),
    # What a search is compared with.
    Column("name_form", FORM, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", text_of(16), nullable=False),
    Column("start_date", text_of(10)),
    Column("end_date", text_of(10)),
    # Of its promotions; the company's where it is null.
    Column("currency", text_of(16)),
    # The contract whose promotions it holds; null for the company API's.
    Column("origin", text_of(16)),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", text_of(255), nullable=False),
    Column("last_updated", MOMENT, nullable=False),
    UniqueConstraint("company_id", "name"),
)

promotions = Table(
    "promotions",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("campaign_id", ID, nullable=False),
    # Unique in its campaign; where another contract does not ask for that, the id.
    Column("name", text_of(255), nullable=False),
    # Null where all of its codes stand beside it.
    Column("code_form", text_of(64)),
    Column("status", text_of(16), nullable=False),
    # The request's body as validated, numbers as they stood.
    Column("body", Text, nullable=False),
    # Its own; of its campaign where it is null.
    Column("currency", text_of(16)),
    # The contract that made it, and alone changes it, and what it was told; null for the company API.
    Column("origin", text_of(16)),
    Column("origin_body", Text),
    # What lists filter and order by: all of it follows from the body and the company's time zone.
    Column("name_form", FORM, nullable=False),
    Column("type", text_of(255), nullable=False),
    Column("starts_at", MOMENT, nullable=False),
    Column("opens_at", MOMENT),
    Column("over_at", MOMENT, nullable=False),
    Column("auto_apply", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", text_of(255), nullable=False),
    Column("last_updated", MOMENT, nullable=False),
    UniqueConstraint("company_id", "campaign_id", "name"),
    UniqueConstraint("company_id", "code_form"),
    Index("ix_promotions_created_at", "company_id", "created_at", "id"),
    Index("ix_promotions_auto_apply", "company_id", "auto_apply", "priority"),
)

codes = Table(
    "codes",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("promotion_id", ID, nullable=False),
    # As it was given, and what it is compared by. No promotion has a code of this form as its own: who writes either
    # has locked the company.
    Column("code", text_of(255), nullable=False),
    Column("code_form", text_of(255), nullable=False),
    Column("max_uses", Integer),
    Column("batch_id", ID),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", text_of(255), nullable=False),
    UniqueConstraint("company_id", "code_form"),
    Index("ix_codes_promotion_id", "company_id", "promotion_id", "created_at", "id"),
)

code_batches = Table(
    "code_batches",
    metadata,
    Column("company_id", ID, primary_key=True),
    # The client's own.
    Column("id", ID, primary_key=True),
    Column("promotion_id", ID, nullable=False),
    Column("size", Integer, nullable=False),
    Column("prefix", text_of(16), nullable=False),
    Column("max_uses", Integer),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", text_of(255), nullable=False),
)

# The whole documents of those revisions that something was granted under: a return may be priced by one.
rulesets = Table(
    "rulesets",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("revision", ID, primary_key=True),
    Column("document", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
)

revisions = Table(
    "revisions",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("revision", ID, primary_key=True),
    # The company's revisions from 1 on, in the order in which they were noted.
    Column("number", Integer, nullable=False),
    # The latest version of the rules that had this revision, and when that was noted.
    Column("rules_version", Integer, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Index("ix_revisions_number", "company_id", "number", unique=True),
)

revision_promotions = Table(
    "revision_promotions",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("promotion_id", ID, primary_key=True),
    # The number of the first revision that had it so, and of the first later one that has it not; null if none has.
    Column("since", Integer, primary_key=True),
    Column("until", Integer),
    # Of its own code, if it has one.
    Column("code_form", text_of(64)),
    Column("is_limited", Boolean, nullable=False),
    Index("ix_revision_promotions_until", "company_id", "until"),
)

_IS_DUE = text("due_at IS NOT NULL")

redemptions = Table(
    "redemptions",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("reference", text_of(255), primary_key=True),
    Column("state", text_of(16), nullable=False),
    Column("attempt", text_of(255), nullable=False),
    Column("cart", Text, nullable=False),
    Column("evaluation", Text, nullable=False),
    Column("amount_due", BigInteger, nullable=False),
    Column("undiscounted", BigInteger, nullable=False),
    Column("currency", text_of(16), nullable=False),
    Column("charged", BigInteger),
    # What the shop charges on top of net prices, where it said so: no amount here is with it.
    Column("tax", BigInteger),
    Column("customer_key", CUSTOMER),
    Column("held_at", MOMENT, nullable=False),
    # Granted by a shop while this server was away: not priced here, and held_at is the shop's clock.
    Column("is_delivered", Boolean, nullable=False),
    Column("lease_until", MOMENT),
    Column("expires_at", MOMENT, nullable=False),
    # When time acts on it: the end of its lease, or else its own; null unless it is held.
    Column("due_at", MOMENT),
    Column("settled_at", MOMENT),
    # What it took of value stores, in their own ledger.
    Column("value_transaction_id", ID),
    Index("ix_redemptions_due", "company_id", "due_at", sqlite_where=_IS_DUE, postgresql_where=_IS_DUE),
    Index("ix_redemptions_held_at", "company_id", "held_at", "reference"),
)

ended_attempts = Table(
    "ended_attempts",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("reference", text_of(255), primary_key=True),
    # One that the reference's redemption, if there is one, is not of.
    Column("attempt", text_of(255), primary_key=True),
    Column("ended_at", MOMENT, nullable=False),
    Index("ix_ended_attempts_ended_at", "ended_at"),
)

uses = Table(
    "uses",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("promotion_id", ID, primary_key=True),
    Column("reference", text_of(255), primary_key=True),
    Column("customer_key", CUSTOMER),
    Column("day", text_of(10), nullable=False),
    Column("discount", BigInteger, nullable=False),
    # The counters that were raised for it, with their limits; empty for a promotion without a limit.
    Column("counted", Text, nullable=False),
    # What returns have left of the discount; null while nothing is back.
    Column("discount_kept", BigInteger),
    # When a return gave back what it had taken of the counters: it is no use any more.
    Column("restored_at", MOMENT),
    Index("ix_uses_reference", "company_id", "reference"),
)

returns = Table(
    "returns",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("reference", text_of(255), primary_key=True),
    Column("id", text_of(255), primary_key=True),
    # Which return of the redemption, from 1.
    Column("number", Integer, nullable=False),
    # What was asked for, to tell a repetition from another return of the same id.
    Column("body", Text, nullable=False),
    # The engine's document of what was given back, and of all that is back by then.
    Column("refund", Text, nullable=False),
    Column("currency", text_of(16), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    UniqueConstraint("company_id", "reference", "number"),
)

counters = Table(
    "counters",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("promotion_id", ID, primary_key=True),
    Column("scope", text_of(16), primary_key=True),
    Column("key", CUSTOMER, primary_key=True),
    Column("used", BigInteger, nullable=False),
    postgresql_with={"fillfactor": 50},  # every use updates one
)

rejected_grants = Table(
    "rejected_grants",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("reference", text_of(255), primary_key=True),
    Column("attempt", text_of(255), primary_key=True),
    Column("body", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
)
