"""Grants that shops made while this server was away: stored as they were, or kept as rejected.

Source: CHECKOUT.md "The API is away". A grant is not priced again.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from promo_contracts.company.models import Granted, HoldRequest, Redemption
from promo_engine import Cart, Document, DocumentError, check_evaluation, code_form, read_instant
from promo_server.redemption import State
from promo_server.services.companies import Holder
from promo_server.services.context import Company, Context, load_company
from promo_server.services.grants import Grant, as_answer, redemption_of, redemption_to_change, store_grant
from promo_server.services.points import credit_points
from promo_server.services.pricing import cart_of
from promo_server.services.refusal import Refusal
from promo_server.services.revisions import promotions_of
from promo_server.services.shopper_values import masked, without_secrets
from promo_server.services.uses import share_counters
from promo_server.services.value_grants import give_values_back
from promo_server.storage import insert_new, moment
from promo_server.storage.tables import rejected_grants

CLOCK_SKEW = timedelta(minutes=5)
"""How far a shop's clock may be ahead of this server's."""
WIRE_PRECISION = timedelta(milliseconds=1)
"""To what a moment beside a document is cut; those in documents are exact."""


def deliver(context: Context, holder: Holder, reference: str, request: HoldRequest) -> Redemption:
    """Store a grant that was made while this server was away; it is not priced again.

    Delivered twice it is one redemption. A grant that cannot be accepted is kept as rejected.

    Raises:
        InvalidFields: the cart is not lawful.
        Refusal: ``CHECKOUT_IN_FLIGHT``: another attempt holds the reference, come back when it is settled.
            ``GRANT_REJECTED``: an unknown revision, a limited promotion, or a reference that is taken for good.
    """
    stored = context.database.transact(partial(_deliver, context, holder, reference, request))
    if isinstance(stored, Redemption):
        return stored
    raise Refusal("GRANT_REJECTED", f"The grant is kept as rejected: {stored}.")


def _deliver(
    context: Context, holder: Holder, reference: str, request: HoldRequest, connection: Connection
) -> Redemption | str:
    """Store a grant, or keep it as rejected and say why."""
    granted = request.granted
    assert granted is not None
    share_counters(connection, holder.company_id)
    company = load_company(connection, holder.company_id)
    row = redemption_to_change(connection, company.id, reference)
    now = context.clock()
    cart = cart_of(company, request.cart, request.guest_key).moved_to(granted.at)
    if row is not None and row.attempt == request.attempt and row.is_delivered:
        return as_answer(row)
    why = _why_taken(row, request.attempt) or _why_rejected(connection, company, granted, cart, now)
    shown = without_secrets(connection, context, company, cart, {code_form(code) for code in cart.codes})
    if why is None:
        granted = granted.model_copy(update={"evaluation": masked(dict(granted.evaluation), shown.masks)})
        if row is not None and State(row.state).counts_uses:
            give_values_back(connection, company.id, [reference], now, holder.name)
        stored = store_grant(connection, _grant(company, reference, shown.cart, granted), request, {}, row)
        if stored.state == State.CONFIRMED.value:
            own = redemption_of(connection, company.id, reference)
            credit_points(connection, company, own, context.new_id, now, holder.name)
        return stored
    secret = {code: shown.masks[code_form(code)] for code in cart.codes if code_form(code) in shown.masks}
    _keep_rejected(connection, company, reference, request, why, now, secret)
    return why


def _grant(company: Company, reference: str, cart: Cart, granted: Granted) -> Grant:
    return Grant(
        company,
        reference,
        cart,
        dict(granted.evaluation),
        granted.at,
        granted.at,
        State(granted.outcome),
        granted.charged,
        is_delivered=True,
    )


def _why_taken(row: Row[Any] | None, attempt: str) -> str | None:
    """Say why a reference cannot take a grant for good; one that another attempt still holds may be free later."""
    if row is None or row.state == State.RELEASED or (row.attempt == attempt and row.state != State.CONFIRMED):
        return None
    if row.state in (State.HELD, State.IN_DOUBT):
        raise Refusal("CHECKOUT_IN_FLIGHT", f"The reference is {row.state} by another attempt.")
    return f"the reference is {row.state} by another attempt"


def _why_rejected(connection: Connection, company: Company, granted: Granted, cart: Cart, now: datetime) -> str | None:
    if granted.at > now + CLOCK_SKEW:
        return "its moment is in the future"
    try:
        stated = read_instant(granted.evaluation.get("at"), "at")
        check_evaluation(granted.evaluation, cart.moved_to(stated))
    except DocumentError as error:
        return f"its evaluation is not sound: {error}"
    if abs(stated - granted.at) >= WIRE_PRECISION:
        return "its evaluation is of another moment"
    if granted.evaluation["totals"]["credits"]:
        return "a value store paid, and needed this server"
    applied = granted.evaluation["applied"]
    return _why_not_grantable(connection, company, granted.revision, applied) if applied else None


def _why_not_grantable(
    connection: Connection, company: Company, revision: str, applied: Sequence[Document]
) -> str | None:
    """Say why promotions could not be granted without this server: not in the revision, limited there, or looked up."""
    noted = promotions_of(connection, company.id, revision, [one["id"] for one in applied])
    if noted is None:
        return "its revision is not one of this server's"
    for one in applied:
        promotion_id, code = one["id"], one["code"]
        if promotion_id not in noted:
            return f"{promotion_id} is not in its revision"
        if code is not None and code_form(code) != noted[promotion_id].code:
            return f"{promotion_id} was asked for by a code that needed a look-up"
        if noted[promotion_id].is_limited:
            return f"{promotion_id} has a limit and needed a count"
    return None


def _keep_rejected(
    connection: Connection,
    company: Company,
    reference: str,
    request: HoldRequest,
    why: str,
    now: datetime,
    secret: Mapping[str, str],
) -> None:
    key = {"company_id": company.id, "reference": reference, "attempt": request.attempt}
    body = request.model_dump_json(exclude={"guest_key"})
    for code, mask in secret.items():  # wherever it stands: what is rejected need not be well formed
        body = body.replace(json.dumps(code, ensure_ascii=False)[1:-1], mask)
    insert_new(connection, rejected_grants, key | {"body": body, "why": why, "created_at": moment(now)})
