"""Grants that shops made while this server was away: stored as they were, or kept as rejected.

Source: CHECKOUT.md "The API is away". A grant is not priced again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from promo_contracts.company.models import Granted, HoldRequest, Redemption
from promo_engine import Cart, Document, DocumentError, check_evaluation, code_form, may_be_known, read_instant
from promo_server.redemption import State
from promo_server.services.companies import Holder
from promo_server.services.context import Company, Context, load_company
from promo_server.services.grants import (
    Grant,
    as_answer,
    redemption_of,
    redemption_to_change,
    standing_of,
    store_grant,
)
from promo_server.services.points import credit_points
from promo_server.services.pricing import cart_of
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.services.revisions import promotions_of
from promo_server.services.shopper_values import look_up_all, masked, masks_of, without_secrets
from promo_server.services.uses import share_counters
from promo_server.services.value_grants import give_values_back
from promo_server.storage import insert_new, moment
from promo_server.storage.tables import rejected_grants

CLOCK_SKEW = timedelta(minutes=5)
"""How far a shop's clock may be ahead of this server's."""
WIRE_PRECISION = timedelta(milliseconds=1)
"""To what a moment beside a document is cut; those in documents are exact."""
MOST_CODES = 1_000
"""Of a cart that is not lawful, so many are looked up."""
LONGEST_REASON = 500


def deliver(context: Context, holder: Holder, reference: str, request: HoldRequest) -> Redemption:
    """Store a grant that was made while this server was away; it is not priced again.

    Delivered twice it is one redemption. One that was confirmed at another amount than was granted is in doubt. A
    grant that cannot be accepted is kept as rejected.

    Raises:
        Refusal: ``CHECKOUT_IN_FLIGHT``: another attempt holds the reference, come back when it is settled.
            ``GRANT_REJECTED``: a cart that is not lawful, an unknown revision, a limited promotion, or a reference
            that is taken for good.
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
    if row is not None and row.attempt == request.attempt and row.is_delivered:
        return as_answer(row)
    try:
        cart = cart_of(company, request.cart, request.guest_key).moved_to(granted.at)
    except InvalidFields as error:
        why = f"its cart is not lawful: {error}"[:LONGEST_REASON]
        codes = _may_be_codes(request.cart.get("codes"))
        masks = masks_of(look_up_all(connection, context, company, {code_form(code) for code in codes})[1])
        _keep_rejected(connection, company, reference, request, why, now, _secret(codes, masks))
        return why
    rejected = _why_taken(row, request.attempt, now) or _why_rejected(connection, company, granted, cart, now)
    shown = without_secrets(connection, context, company, cart, {code_form(code) for code in cart.codes})
    if rejected is not None:
        _keep_rejected(connection, company, reference, request, rejected, now, _secret(cart.codes, shown.masks))
        return rejected
    granted = granted.model_copy(update={"evaluation": masked(dict(granted.evaluation), shown.masks)})
    if row is not None and State(row.state).counts_uses:
        give_values_back(connection, company.id, [reference], now, holder.name)
    stored = store_grant(connection, _grant(company, reference, shown.cart, granted), request, {}, row)
    if stored.state == State.CONFIRMED.value:
        own = redemption_of(connection, company.id, reference)
        credit_points(connection, company, own, context.new_id, now, holder.name)
    return stored


def _may_be_codes(codes: object) -> list[str]:
    """Return what may be codes in a cart that is not lawful: none of them is to be kept in clear if it is secret."""
    texts = [one for one in codes if isinstance(one, str)] if isinstance(codes, list) else []
    return [one for one in texts if may_be_known(code_form(one))][:MOST_CODES]


def _secret(codes: Iterable[str], masks: Mapping[str, str]) -> dict[str, str]:
    """Return what stands in the place of secret codes, by the codes as they came."""
    return {code: masks[code_form(code)] for code in codes if code_form(code) in masks}


def _grant(company: Company, reference: str, cart: Cart, granted: Granted) -> Grant:
    return Grant(
        company,
        reference,
        cart,
        dict(granted.evaluation),
        granted.at,
        granted.at,
        _outcome(granted),
        granted.charged,
        is_delivered=True,
    )


def _outcome(granted: Granted) -> State:
    """Return what became of a grant; at another amount than was granted nothing is confirmed."""
    outcome, due = State(granted.outcome), granted.evaluation["totals"]["amount_due"]
    return State.IN_DOUBT if outcome is State.CONFIRMED and granted.charged not in (None, due) else outcome


def _why_taken(row: Row[Any] | None, attempt: str, now: datetime) -> str | None:
    """Say why a reference cannot take a grant for good; one that another attempt still holds may be free later."""
    standing = standing_of(row)
    if standing is None:
        return None
    state = standing.state_at(now)
    if state in (State.RELEASED, State.EXPIRED) or (standing.attempt == attempt and state is not State.CONFIRMED):
        return None
    if state in (State.HELD, State.IN_DOUBT):
        raise Refusal("CHECKOUT_IN_FLIGHT", f"The reference is {state.value} by another attempt.")
    return f"the reference is {state.value} by another attempt"


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
