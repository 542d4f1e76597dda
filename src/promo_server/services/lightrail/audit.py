"""Whether the books are right: each balance the sum of its entries, each secret code by a key that is there."""

from sqlalchemy import Connection, and_, func, or_, select

from promo_server.code_keys import CodeKey, CodeKeys, DamagedCodeError
from promo_server.storage.value_tables import value_codes, value_entries, value_stores


def count_stores(connection: Connection) -> int:
    """Count the value stores of all companies."""
    counted: int = connection.execute(select(func.count()).select_from(value_stores)).scalar_one()
    return counted


def unbalanced(connection: Connection) -> list[str]:
    """Return the value stores whose balance, or uses, are not the sum of their entries, as ``company/id``."""
    sums = (
        select(
            value_entries.c.company_id,
            value_entries.c.value_store_id,
            func.sum(value_entries.c.amount).label("amount"),
            func.sum(value_entries.c.uses).label("uses"),
        )
        .group_by(value_entries.c.company_id, value_entries.c.value_store_id)
        .subquery()
    )
    same = and_(sums.c.company_id == value_stores.c.company_id, sums.c.value_store_id == value_stores.c.id)
    query = (
        select(value_stores.c.company_id, value_stores.c.id)
        .outerjoin(sums, same)
        .where(
            or_(
                value_stores.c.balance != func.coalesce(sums.c.amount, 0),
                value_stores.c.uses != func.coalesce(sums.c.uses, 0),
            )
        )
        .order_by(value_stores.c.company_id, value_stores.c.id)
    )
    return [f"{row.company_id}/{row.id}" for row in connection.execute(query)]


def codes_by_unknown_keys(connection: Connection, keys: CodeKeys) -> dict[str, int]:
    """Count the secret codes that are by keys which are not there, by these."""
    query = select(value_codes.c.key_id, func.count().label("number")).where(value_codes.c.is_secret)
    rows = connection.execute(query.group_by(value_codes.c.key_id).order_by(value_codes.c.key_id))
    known = {key.id for key in keys.keys}
    return {row.key_id: row.number for row in rows if row.key_id not in known}


def keys_of_others(connection: Connection, keys: CodeKeys) -> list[str]:
    """Return the keys that are not what their names say: each is tried on a code that one of its name wrote."""
    return [key.id for key in keys.keys if not _reads(connection, key)]


def _reads(connection: Connection, key: CodeKey) -> bool:
    query = select(value_codes).where(value_codes.c.is_secret, value_codes.c.key_id == key.id)
    row = connection.execute(query.limit(1)).one_or_none()
    try:
        return row is None or bool(key.decrypt(row.company_id, row.value_store_id, row.encrypted))
    except DamagedCodeError:
        return False
