"""The tables of the Moltin contract: access tokens, and carts. Its promotions and codes stand among all others."""

from sqlalchemy import Column, Index, Table, Text

from promo_server.storage.columns import ID, MOMENT, metadata, text_of

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("id", ID, primary_key=True),
    Column("company_id", ID, nullable=False),
    # What it is good for is what this key is good for.
    Column("key_id", ID, nullable=False),
    Column("secret_hash", text_of(64), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Index("ix_access_tokens_expires_at", "expires_at"),
)

moltin_carts = Table(
    "moltin_carts",
    metadata,
    Column("company_id", ID, primary_key=True),
    # The client's own.
    Column("id", text_of(255), primary_key=True),
    Column("currency", text_of(16), nullable=False),
    # Items with their taxes, and codes, as JSON.
    Column("body", Text, nullable=False),
    # The order that the cart as it is now was made; null once it is changed.
    Column("order_id", ID),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Index("ix_moltin_carts_updated_at", "updated_at"),
)
