"""Access tokens: made of the two parts of a company's key, good for what the key is, for an hour.

Of a token, too, only the hash is stored: who reads the database cannot use it. It ends with its key, or when that is
revoked.
"""

import secrets
from datetime import timedelta

from sqlalchemy import Connection, insert, select

from promo_contracts.moltin.models import Token, TokenRequest
from promo_server.services.companies import KEY_PREFIX, TOKEN_PREFIX, authenticate, parts_of, secret_hash
from promo_server.services.context import Context
from promo_server.services.refusal import Refusal
from promo_server.storage import instant, moment
from promo_server.storage.moltin_tables import access_tokens
from promo_server.storage.tables import keys

GRANT_TYPE = "client_credentials"
LASTS = timedelta(hours=1)


def create_token(context: Context, request: TokenRequest) -> Token:
    """Make a token of a key: ``client_id`` is what stands before its second underscore, the secret what is behind it.

    The whole key does for the secret as well.

    Raises:
        Refusal: ``UNSUPPORTED_GRANT_TYPE``; ``UNAUTHORIZED``, the same for every wrong key.
    """
    if request.grant_type != GRANT_TYPE:
        message = f"The grant_type must be {GRANT_TYPE}: without a secret, anybody could read the codes."
        raise Refusal("UNSUPPORTED_GRANT_TYPE", message)
    key = f"{request.client_id}_{(request.client_secret or '').removeprefix(f'{request.client_id}_')}"
    prefix, key_id, _ = parts_of(key)
    if prefix != KEY_PREFIX:  # no token is made of a token
        raise Refusal("UNAUTHORIZED", "")
    authenticate(context, key)
    return context.database.transact(lambda connection: _create(context, connection, key_id, request.client_id))


def _create(context: Context, connection: Connection, key_id: str, identifier: str) -> Token:
    row = connection.execute(select(keys.c.company_id, keys.c.expires_at).where(keys.c.id == key_id)).one()
    now = context.clock()
    ends = now + LASTS
    if row.expires_at is not None:
        ends = min(ends, instant(row.expires_at))
    token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    connection.execute(
        insert(access_tokens).values(
            id=token_id,
            company_id=row.company_id,
            key_id=key_id,
            secret_hash=secret_hash(secret),
            created_at=moment(now),
            expires_at=moment(ends),
        )
    )
    return Token(
        expires=int(ends.timestamp()),
        expires_in=int((ends - now).total_seconds()),
        identifier=identifier,
        access_token=f"{TOKEN_PREFIX}_{token_id}_{secret}",
    )


def forget_tokens(context: Context) -> None:
    """Delete the tokens that have ended; the app calls this every now and then."""
    is_over = access_tokens.c.expires_at <= moment(context.clock())
    context.database.delete_where(access_tokens, is_over)
