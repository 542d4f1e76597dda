"""Returns: what a confirmed redemption gives back for goods that come back, and uses that are free again.

Source: PRICING.md section 8. Each return is one write transaction, which first locks the redemption's record and starts
from what came back before it: of two at once the second sees the first, and no unit is given back twice.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from promo_contracts import write_json
from promo_contracts.company.returns import OrderReturn, OrderReturnPage, PaidFor, ReturnedSoFar, ReturnRequest
from promo_engine import (
    NOTHING,
    DocumentError,
    Order,
    Refund,
    Return,
    Returned,
    Ruleset,
    give_back,
    give_back_repriced,
    read_order,
    read_returned,
)
from promo_server.discounts_kept import discounts_kept
from promo_server.redemption import State
from promo_server.services.companies import Holder
from promo_server.services.context import Context, load_company
from promo_server.services.grants import cart_of_text, known, redemption_of, redemption_to_change, restore_uses
from promo_server.services.order_rules import rules_of_order
from promo_server.services.paging import Page, fetch_page
from promo_server.services.points import take_points_back
from promo_server.services.refusal import Refusal, invalid
from promo_server.services.rulesets import Rulesets
from promo_server.services.uses import share_counters
from promo_server.storage import instant, moment
from promo_server.storage.tables import promotions, returns, uses


def return_goods(
    context: Context, rulesets: Rulesets, holder: Holder, reference: str, request: ReturnRequest
) -> OrderReturn:
    """Return goods of a confirmed redemption; the same request with the same id is one return.

    Raises:
        InvalidFields: names a line or shipping entry that is not there to return.
        Refusal: ``REDEMPTION_NOT_FOUND``, ``REDEMPTION_NOT_CONFIRMED``; ``DUPLICATE_RETURN``: another return has this
            id; ``RULES_NOT_KEPT``: the rest cannot be priced as the order was.
    """
    # What is read here stays: a confirmed redemption does not change. So rules are compiled while nobody waits.
    with context.database.read() as connection:
        row = _confirmed(redemption_of(connection, holder.company_id, reference))
        found = _repeated(connection, row, request)
        if found is not None:
            return found
        is_to_reprice = request.policy == "reprice"
        company = load_company(connection, holder.company_id)
        rules = rules_of_order(connection, context.types, rulesets, company, row) if is_to_reprice else None
    return context.database.transact(partial(_return, context, holder, reference, request, rules))


def list_returns(context: Context, holder: Holder, reference: str, page: Page) -> OrderReturnPage:
    """Return one page of the returns of a redemption, the first one first.

    Raises:
        Refusal: ``REDEMPTION_NOT_FOUND``; another company's looks the same.
    """
    with context.database.read() as connection:
        row = redemption_of(connection, holder.company_id, reference)
        query = select(returns).filter_by(company_id=row.company_id, reference=row.reference)
        rows, pagination = fetch_page(connection, query.order_by(returns.c.number), page)
    return OrderReturnPage(returns=[_as_answer(one) for one in rows], pagination=pagination)


def _return(
    context: Context,
    holder: Holder,
    reference: str,
    request: ReturnRequest,
    rules: Ruleset | None,
    connection: Connection,
) -> OrderReturn:
    share_counters(connection, holder.company_id)
    row = _confirmed(known(redemption_to_change(connection, holder.company_id, reference)))
    found = _repeated(connection, row, request)
    if found is not None:
        return found
    evaluation, now = json.loads(row.evaluation), context.clock()
    order = read_order(evaluation, cart_of_text(row.cart))
    number, so_far = _so_far(connection, row)
    refund = _refund(order, request, so_far, rules)
    restored = _restorable(connection, row, refund)
    stored = _stored(row, request, number, refund.document() | {"uses": restored}, now)
    connection.execute(insert(returns), stored)
    _keep_discounts(connection, row, discounts_kept(order, evaluation["applied"], refund.returned))
    company = load_company(connection, holder.company_id)
    take_points_back(connection, company, row, refund.points, context.new_id, now, holder.name)
    if restored:
        restore_uses(connection, row, restored, now)
    return _as_answer(SimpleNamespace(**stored))


def _confirmed(row: Row[Any]) -> Row[Any]:
    if row.state != State.CONFIRMED:
        message = f"The redemption is {row.state}: only goods of a confirmed one can be returned."
        raise Refusal("REDEMPTION_NOT_CONFIRMED", message)
    return row


def _repeated(connection: Connection, row: Row[Any], request: ReturnRequest) -> OrderReturn | None:
    """Return the return of this id, if there is one: the same request has the same answer."""
    own = {"company_id": row.company_id, "reference": row.reference, "id": request.return_id}
    found = connection.execute(select(returns).filter_by(**own)).one_or_none()
    if found is None:
        return None
    if found.body != _body(request):
        raise Refusal("DUPLICATE_RETURN", "Another return of this redemption has the same return_id.")
    return _as_answer(found)


def _so_far(connection: Connection, row: Row[Any]) -> tuple[int, Returned]:
    """Return the number of the next return, and what came back before it."""
    query = select(returns.c.number, returns.c.refund).filter_by(company_id=row.company_id, reference=row.reference)
    latest = connection.execute(query.order_by(returns.c.number.desc()).limit(1)).one_or_none()
    if latest is None:
        return 1, NOTHING
    return latest.number + 1, read_returned(json.loads(latest.refund)["returned"])


def _refund(order: Order, request: ReturnRequest, so_far: Returned, rules: Ruleset | None) -> Refund:
    try:
        back = Return(request.lines, request.shipping)
        return give_back(order, back, so_far) if rules is None else give_back_repriced(order, back, so_far, rules)
    except DocumentError as error:
        raise invalid(error) from None


def _restorable(connection: Connection, row: Row[Any], refund: Refund) -> list[str]:
    """Return those whose use comes back with the last unit: the promotions that say so today."""
    own = (promotions.c.company_id == row.company_id, promotions.c.id.in_(refund.uses))
    stored = connection.execute(select(promotions.c.id, promotions.c.body).where(*own)).all() if refund.uses else []
    saying = {one.id for one in stored if json.loads(one.body)["usage_limits"].get("restored_on_return")}
    return [one for one in refund.uses if one in saying]


def _keep_discounts(connection: Connection, row: Row[Any], kept: Mapping[str, int]) -> None:
    own = (uses.c.company_id == row.company_id, uses.c.reference == row.reference)
    values = [{"of": promotion_id, "discount_kept": amount} for promotion_id, amount in kept.items()]
    if values:
        connection.execute(update(uses).where(*own, uses.c.promotion_id == bindparam("of")), values)


def _stored(
    row: Row[Any], request: ReturnRequest, number: int, refund: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "company_id": row.company_id,
        "reference": row.reference,
        "id": request.return_id,
        "number": number,
        "body": _body(request),
        "refund": write_json(refund).decode(),
        "currency": row.currency,
        "created_at": moment(now),
    }


def _body(request: ReturnRequest) -> str:
    """Write what is asked for, in one order whatever the request's."""
    lines, shipping = dict(sorted(request.lines.items())), sorted(request.shipping)
    return write_json({"policy": request.policy, "lines": lines, "shipping": shipping}).decode()


def _as_answer(row: Row[Any] | SimpleNamespace) -> OrderReturn:
    asked, refund = json.loads(row.body), json.loads(row.refund)
    return OrderReturn(
        return_id=row.id,
        reference=row.reference,
        number=row.number,
        **asked,
        amount=refund["amount"],
        points=refund["points"],
        missing=refund["missing"],
        currency=row.currency,
        paid=PaidFor(lines=refund["lines"], shipping=refund["shipping"]),
        restored=refund["uses"],
        returned=ReturnedSoFar(**refund["returned"]),
        created_at=instant(row.created_at),
    )
