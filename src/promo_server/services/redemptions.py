"""Redemptions: hold, confirm, release, doubt, and what time does to a hold.

Every use case is one write transaction: the state machine decides; counters and record change together or not at all.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from promo_contracts.company.models import (
    HoldRequest,
    Redemption,
    RedemptionPage,
    SettleRequest,
)
from promo_engine import (
    Cart,
    DocumentError,
    Evaluation,
    Ruleset,
    consider,
    local_day,
    read_cart,
)
from promo_server.redemption import (
    Event,
    HoldAnswer,
    IllegalTransition,
    State,
    answer_hold,
    transition,
)
from promo_server.services.companies import Holder
from promo_server.services.context import Company, Context, load_company
from promo_server.services.grants import (
    Grant,
    as_answer,
    cart_text,
    find_redemption,
    give_uses_back,
    move,
    redemption_of,
    renew,
    standing_of,
    store_grant,
    take_uses_again,
)
from promo_server.services.paging import Page, fetch_page
from promo_server.services.refusal import Refusal, invalid
from promo_server.services.rulesets import Rulesets
from promo_server.services.shoppers import counted_cart, customer_key
from promo_server.services.uses import counters_of, uses_left
from promo_server.storage import instant, moment
from promo_server.storage.tables import redemptions

SWEEP = 100
"""How many lapsed holds one request clears up at most."""


def hold(context: Context, rulesets: Rulesets, holder: Holder, reference: str, request: HoldRequest) -> Redemption:
    """Hold a cart's promotions for a checkout reference, priced at this server's clock.

    Raises:
        InvalidFields: the cart is not lawful.
        Refusal: ``TOTAL_CHANGED`` (with the evaluation; nothing taken), ``CHECKOUT_IN_FLIGHT``, ``REDEMPTION_CLOSED``.
    """
    with context.database.write() as connection:
        company = load_company(connection, holder.company_id)
        now = context.clock()
        clear_lapsed(connection, company.id, now)
        cart = cart_of(company, request.cart, request.guest_key).moved_to(now)
        row = find_redemption(connection, company.id, reference)
        match answer_hold(standing_of(row), request.attempt, cart_text(cart), now):
            case HoldAnswer.SAME:
                if redemption_of(connection, company.id, reference).attempt != request.attempt:
                    renew(connection, company.id, reference, request, now)
                return as_answer(redemption_of(connection, company.id, reference))
            case HoldAnswer.IN_FLIGHT:
                message = "Another attempt of this checkout is still running."
                raise Refusal("CHECKOUT_IN_FLIGHT", message)
            case HoldAnswer.CLOSED:
                raise _closed(redemption_of(connection, company.id, reference))
        ruleset = rulesets.of(connection, company)
        evaluation = _price_afresh(connection, company, ruleset, cart, row)
        _check_shown(evaluation, request.shown)
        held_at = _moment_of_grant(connection, company.id, now)
        grant = Grant(company, reference, cart, evaluation.document(), now, held_at)
        counted = {
            one.promotion_id: counters_of(one.promotion, grant.customer_key, grant.day, one.amount)
            for one in evaluation.applied
        }
        store_grant(connection, grant, request, counted)
        return as_answer(redemption_of(connection, company.id, reference))


def settle(context: Context, holder: Holder, reference: str, event: Event, request: SettleRequest) -> Redemption:
    """Confirm, release or doubt a redemption; the same report twice is one.

    A confirm after expiry takes the uses again; with none left the redemption is late.

    Raises:
        Refusal: ``REDEMPTION_NOT_FOUND``, ``CHECKOUT_IN_FLIGHT`` (another attempt holds it), ``REDEMPTION_CLOSED``,
            ``CHARGE_MISMATCH``, ``HOLD_EXPIRED``.
    """
    charged = request.charged
    with context.database.write() as connection:
        now = context.clock()
        company = load_company(connection, holder.company_id)
        clear_lapsed(connection, company.id, now)
        row = redemption_of(connection, company.id, reference)
        if request.attempt not in (None, row.attempt):
            raise Refusal("CHECKOUT_IN_FLIGHT", "The redemption is another attempt's by now.")
        before = State(row.state)
        try:
            after = transition(before, event)
        except IllegalTransition:
            raise _closed(row) from None
        if event is Event.CONFIRM and charged not in (None, row.amount_due):
            message = f"Charged {charged}, held {row.amount_due}: a redemption is confirmed at its own amount only."
            raise Refusal("CHARGE_MISMATCH", message)
        if after.counts_uses and not before.counts_uses:
            if not take_uses_again(connection, company.id, reference, local_day(now, company.zone)):
                after = transition(before, Event.COME_LATE)
        elif before.counts_uses and not after.counts_uses:
            give_uses_back(connection, company.id, reference)
        if after is not before or after is State.IN_DOUBT:
            move(connection, company.id, reference, after, now, charged)
        settled = as_answer(redemption_of(connection, company.id, reference))
    if event is Event.CONFIRM and after is State.LATE:
        message = "The hold had expired and no use is left; the redemption is listed as late."
        raise Refusal("HOLD_EXPIRED", message)
    return settled


def get_redemption(context: Context, holder: Holder, reference: str) -> Redemption:
    """Return one redemption.

    Raises:
        Refusal: ``REDEMPTION_NOT_FOUND``; another company's looks the same.
    """
    with context.database.read() as connection:
        return as_answer(redemption_of(connection, holder.company_id, reference))


def list_redemptions(context: Context, holder: Holder, state: State | None, page: Page) -> RedemptionPage:
    """Return one page of redemptions in the order in which they were granted."""
    query = select(redemptions).where(redemptions.c.company_id == holder.company_id)
    if state is not None:
        query = query.where(redemptions.c.state == state.value)
    query = query.order_by(redemptions.c.held_at, redemptions.c.reference)
    with context.database.read() as connection:
        rows, pagination = fetch_page(connection, query, page)
    return RedemptionPage(redemptions=[as_answer(row) for row in rows], pagination=pagination)


def sweep(context: Context) -> None:
    """Let time do its work for every company; the app calls this every now and then."""
    now = context.clock()
    with context.database.read() as connection:
        waiting = connection.execute(select(redemptions.c.company_id).where(_is_due(now)).distinct())
        companies = list(waiting.scalars())
    for company_id in companies:
        with context.database.write() as connection:
            clear_lapsed(connection, company_id, now)


def clear_lapsed(connection: Connection, company_id: str, now: datetime) -> None:
    """Let time do its work: an unreported lease that lapsed is in doubt, a hold past its time expires."""
    due = (
        select(redemptions.c.reference, redemptions.c.lease_until)
        .where(redemptions.c.company_id == company_id, _is_due(now))
        .limit(SWEEP)
    )
    for row in connection.execute(due).all():
        state = transition(State.HELD, Event.EXPIRE if row.lease_until is None else Event.LAPSE)
        if not state.counts_uses:
            give_uses_back(connection, company_id, row.reference)
        move(connection, company_id, row.reference, state, now)


def _is_due(now: datetime) -> ColumnElement[bool]:
    lapsed = redemptions.c.lease_until <= moment(now)
    expired = redemptions.c.lease_until.is_(None) & (redemptions.c.expires_at <= moment(now))
    return (redemptions.c.state == State.HELD.value) & (lapsed | expired)


def evaluate_now(connection: Connection, company: Company, ruleset: Ruleset, cart: Cart) -> Evaluation:
    """Price a cart at its moment, with the uses left that this transaction sees."""
    considered = consider(cart, ruleset)
    limited = [ruleset.promotions[one] for one in considered.needed]
    day = local_day(cart.at, company.zone)
    return considered.price(uses_left(connection, company.id, limited, customer_key(cart.customer), day))


def cart_of(company: Company, document: object, guest_key: str | None) -> Cart:
    """Read the cart of a request, its guest hashed.

    Raises:
        InvalidFields: names the field.
    """
    try:
        return counted_cart(company, read_cart(document), guest_key)
    except DocumentError as error:
        raise invalid(error, "cart") from None


def _moment_of_grant(connection: Connection, company_id: str, now: datetime) -> datetime:
    """Return now, or the first moment after this server's latest grant: ``held_at`` orders its grants."""
    latest = select(func.max(redemptions.c.held_at)).where(
        redemptions.c.company_id == company_id, redemptions.c.is_delivered.is_(False)
    )
    text = connection.execute(latest).scalar_one()
    return now if text is None or text < moment(now) else instant(text) + timedelta(microseconds=1)


def _price_afresh(
    connection: Connection, company: Company, ruleset: Ruleset, cart: Cart, row: Row[Any] | None
) -> Evaluation:
    """Price a cart as if an earlier hold of the same reference had taken nothing."""
    if row is None or not State(row.state).counts_uses:
        return evaluate_now(connection, company, ruleset, cart)
    give_uses_back(connection, company.id, row.reference)
    move(connection, company.id, row.reference, State.RELEASED, cart.at)
    return evaluate_now(connection, company, ruleset, cart)


def _check_shown(evaluation: Evaluation, shown: int | None) -> None:
    due = evaluation.amount_due
    if shown is not None and due > shown:
        message = f"The amount due is {due}, above the {shown} that was shown; nothing was taken."
        raise Refusal("TOTAL_CHANGED", message, evaluation=evaluation.document())


def _closed(row: Row[Any]) -> Refusal:
    return Refusal("REDEMPTION_CLOSED", f"The redemption is {row.state} and does not admit this.")
