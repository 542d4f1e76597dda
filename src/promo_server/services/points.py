"""Points of promotions: credited at confirm to the customer's value store in the company's points currency.

A customer's points have a value store of their own, ``points-<customer id>``, which is made with the first ones. What a
return takes back is at most what is left: points that were spent are not owed.
"""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from promo_contracts.lightrail.fields import MOST
from promo_server.services.companies import note_value_stores
from promo_server.services.context import Company
from promo_server.services.lightrail.ledger import Change, Posting, post
from promo_server.services.lightrail.stores import Store, load_stores, lock_stores
from promo_server.services.value_grants import NewId
from promo_server.storage import insert_new, moment
from promo_server.storage.value_tables import customers, value_stores

logger = logging.getLogger(__name__)

LONGEST = 64
PREFIX = "points-"


def credit_points(
    connection: Connection, company: Company, row: Row[Any], new_id: NewId, now: datetime, created_by: str
) -> None:
    """Credit the points of a redemption that is confirmed just now."""
    customer_id = _customer_of(row)
    if company.points is None or customer_id is None:
        return
    points: int = json.loads(row.evaluation)["points"]
    store = _store(connection, company, customer_id, now, created_by) if points else None
    if store is not None:
        given = min(points, MOST - (store.balance or 0))
        _post(connection, store, "credit", given, new_id, row, now, created_by)


def take_points_back(
    connection: Connection,
    company: Company,
    row: Row[Any],
    points: int,
    new_id: NewId,
    now: datetime,
    created_by: str,
) -> None:
    """Take points of returned goods back, as far as they are there."""
    customer_id = _customer_of(row)
    if not (company.points and points and customer_id):
        return
    store = _usable(lock_stores(connection, company.id, [PREFIX + customer_id]), company, customer_id)
    if store is not None and store.balance:
        taken = -min(points, store.balance)
        _post(connection, store, "debit", taken, new_id, row, now, created_by)


def _customer_of(row: Row[Any]) -> str | None:
    kind, _, customer_id = (row.customer_key or "").partition(":")
    return customer_id if kind == "customer" else None


def _store(connection: Connection, company: Company, customer_id: str, now: datetime, created_by: str) -> Store | None:
    """Return the value store of a customer's points, locked; it is made where there is none."""
    own_id = PREFIX + customer_id
    if len(own_id) > LONGEST or not own_id.isascii() or not own_id.isprintable():
        logger.error("points of customer %r are not credited: no value store can be called %r", customer_id, own_id)
        return None
    if not load_stores(connection, company.id, [own_id]):
        _make(connection, company, customer_id, now, created_by)
    store = _usable(lock_stores(connection, company.id, [own_id]), company, customer_id)
    if store is None:
        logger.error("points of customer %r are not credited: the value store %r is not for them", customer_id, own_id)
    return store


def _usable(found: Mapping[str, Store], company: Company, customer_id: str) -> Store | None:
    store = found.get(PREFIX + customer_id)
    if store is None or (store.currency, store.customer_id) != (company.points, customer_id) or store.balance is None:
        return None
    return store


def _make(connection: Connection, company: Company, customer_id: str, now: datetime, created_by: str) -> None:
    assert company.points is not None
    stamp = moment(now)
    dates = {"company_id": company.id, "created_at": stamp, "updated_at": stamp}
    insert_new(connection, customers, dates | {"id": customer_id, "tags": "\n"})
    row = dates | {
        "id": PREFIX + customer_id,
        "customer_id": customer_id,
        "access": "customerId",
        "currency": company.points,
        "balance": 0,
        **dict.fromkeys(("canceled", "frozen", "discount", "pre_tax"), False),
        "active": True,
    }
    if insert_new(connection, value_stores, row):  # of two at once one makes it
        store = load_stores(connection, company.id, [PREFIX + customer_id])[PREFIX + customer_id]
        change = Change(store)
        posting = Posting(store.id, "initialValue", company.points, [change], [change.step()])
        post(connection, company.id, posting, now, created_by)
        note_value_stores(connection, company.id, now)


def _post(
    connection: Connection,
    store: Store,
    kind: Any,
    amount: int,
    new_id: NewId,
    row: Row[Any],
    now: datetime,
    created_by: str,
) -> None:
    change = Change(store, amount)
    metadata = {"redemption": row.reference}
    posting = Posting(new_id("points"), kind, store.currency, [change], [change.step()], metadata=metadata)
    post(connection, row.company_id, posting, now, created_by)
