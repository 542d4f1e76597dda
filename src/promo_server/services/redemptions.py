"""Redemptions: hold, confirm, release, doubt, and what time does to a hold.

Every use case is one write transaction, which first locks the reference's record: the state machine decides; counters
and record change together or not at all, the counters last.
"""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from promo_contracts.company.models import (
    HoldRequest,
    Redemption,
    RedemptionPage,
    SettleRequest,
)
from promo_engine import local_day
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
from promo_server.services.ended_attempts import has_ended, note_ended
from promo_server.services.expiry import in_time
from promo_server.services.first_holds import Asked, hold_first
from promo_server.services.grants import (
    Grant,
    as_answer,
    cart_text,
    give_back,
    known,
    moment_of_grant,
    move,
    own_counters,
    redemption_of,
    redemption_to_change,
    renew,
    standing_of,
    store_grant,
    take_uses_again,
)
from promo_server.services.lightrail.expiry import bring_up_to_date
from promo_server.services.paging import Page, fetch_page
from promo_server.services.points import credit_points
from promo_server.services.pricing import cart_of, check_shown, counted, evaluate_now
from promo_server.services.refusal import Refusal
from promo_server.services.rulesets import Rulesets
from promo_server.services.shopper_values import reach, without_secrets
from promo_server.services.uses import CounterName, LimitReachedError, lock_counters, share_counters
from promo_server.services.value_grants import (
    give_values_back,
    hold_values,
    keep_values,
    values_to_take_again,
)
from promo_server.storage.tables import redemptions

FRESH_TURNS = 2
"""How often who was too late for a counter believes what it says next; then it is taken to stand at its limit."""

HOLDS_NOTHING = {"REDEMPTION_NOT_FOUND", "CHECKOUT_IN_FLIGHT"}
"""What is answered to the report of an attempt that holds nothing."""


def hold(context: Context, rulesets: Rulesets, holder: Holder, reference: str, request: HoldRequest) -> Redemption:
    """Hold a cart's promotions for a checkout reference, priced at this server's clock.

    Who is too late for a counter is priced again, and told which limit it was.

    Raises:
        InvalidFields: the cart is not lawful.
        Refusal: ``TOTAL_CHANGED`` (with the evaluation; nothing taken), ``CHECKOUT_IN_FLIGHT``, ``REDEMPTION_CLOSED``
            (also of an attempt that is over: the request was too long on its way).
    """
    rulesets.prepare(holder.company_id, holder.rules_version)
    first = hold_first(context, holder.company_id, Asked(rulesets, reference, request))
    held = first or _hold_alone(context, rulesets, holder, reference, request)
    if held.evaluation["applied"]:
        rulesets.granted(holder.company_id, held.evaluation["revision"])
    return held


def _hold_alone(
    context: Context, rulesets: Rulesets, holder: Holder, reference: str, request: HoldRequest
) -> Redemption:
    """Hold in a transaction of one's own, whatever there is already; who lost a counter is priced again."""
    bring_up_to_date(context, holder.company_id)
    lost: list[CounterName] = []
    while True:  # ends: each turn loses a counter, and from some turn on none twice
        known_lost = frozenset(lost if len(lost) > FRESH_TURNS else ())
        work = partial(_hold, context, rulesets, holder, reference, request, known_lost)
        try:
            return in_time(context, holder.company_id, work)
        except LimitReachedError as reached:
            lost.append(reached.counter.name)


def _hold(
    context: Context,
    rulesets: Rulesets,
    holder: Holder,
    reference: str,
    request: HoldRequest,
    lost: Collection[CounterName],
    connection: Connection,
) -> Redemption:
    share_counters(connection, holder.company_id)
    company = load_company(connection, holder.company_id)
    row = redemption_to_change(connection, company.id, reference)
    if not _is_of(row, request.attempt) and has_ended(connection, company.id, reference, request.attempt):
        raise Refusal("REDEMPTION_CLOSED", "This attempt of the checkout is over, or another one took its place.")
    now = context.clock()
    cart = cart_of(company, request.cart, request.guest_key).moved_to(now)
    ruleset = rulesets.of(connection, company)
    shown = without_secrets(connection, context, company, cart, ruleset.unlisted(cart))
    cart, codes = shown.cart, shown.codes
    answer = answer_hold(standing_of(row), request.attempt, cart_text(cart), now)
    if row is not None and answer is not HoldAnswer.GRANT:
        return _meet(connection, row, answer, request, now)
    own = own_counters(connection, row)
    if row is not None and State(row.state).counts_uses:
        give_values_back(connection, company.id, [reference], now, holder.name)
    customer_id = cart.customer.id if cart.customer else None
    reached = reach(connection, company, cart, shown.held, customer_id=customer_id, is_to_take=True)
    evaluation = evaluate_now(connection, company, ruleset, cart, codes, own=own, lost=lost, values=reached.values)
    document = evaluation.document()
    check_shown(document, request.shown)
    held_at = moment_of_grant(connection, company.id, now) if context.database.is_writer_alone else now
    taken = hold_values(connection, holder, reference, document, reached.stores, context.new_id, now)
    grant = Grant(company, reference, cart, document, now, held_at, value_transaction_id=taken)
    return store_grant(connection, grant, request, counted(company, evaluation, codes), row)


def _meet(connection: Connection, row: Row[Any], answer: HoldAnswer, request: HoldRequest, now: datetime) -> Redemption:
    """Answer a hold that is there already, or refuse."""
    match answer:
        case HoldAnswer.IN_FLIGHT:
            message = "Another attempt of this checkout is still running."
            raise Refusal("CHECKOUT_IN_FLIGHT", message)
        case HoldAnswer.CLOSED:
            raise _closed(row)
    check_shown(as_answer(row).evaluation, request.shown)
    is_over = request.lease_seconds == 0  # the attempt says so itself: its request has ended, the hold stands
    if row.attempt != request.attempt or is_over:
        renew(connection, row, request, now)
    return as_answer(redemption_of(connection, row.company_id, row.reference))


def settle(context: Context, holder: Holder, reference: str, event: Event, request: SettleRequest) -> Redemption:
    """Confirm, release or doubt a redemption; the same report twice is one.

    A confirm after expiry takes the uses again; with none left the redemption is late. An attempt that is reported, but
    holds nothing, is over: what it asked for and has not arrived yet is refused when it does.

    Raises:
        Refusal: ``REDEMPTION_NOT_FOUND``, ``CHECKOUT_IN_FLIGHT`` (another attempt holds it), ``REDEMPTION_CLOSED``,
            ``CHARGE_MISMATCH``, ``HOLD_EXPIRED``.
    """
    try:
        settled = _report(context, holder, reference, event, request)
    except Refusal as refusal:
        if request.attempt is None or refusal.code not in HOLDS_NOTHING:
            raise
        if context.database.transact(partial(_end, context, holder, reference, request.attempt)):
            raise
        settled = _report(context, holder, reference, event, request)
    if event is Event.CONFIRM and settled.state == State.LATE.value:
        message = "The hold had expired and no use is left; the redemption is listed as late."
        raise Refusal("HOLD_EXPIRED", message)
    return settled


def _report(context: Context, holder: Holder, reference: str, event: Event, request: SettleRequest) -> Redemption:
    work = partial(_settle, context, holder, reference, event, request)
    return in_time(context, holder.company_id, work)


def _end(context: Context, holder: Holder, reference: str, attempt: str, connection: Connection) -> bool:
    """Note that an attempt which holds nothing is over; False if it holds something by now.

    Nobody else holds anything meanwhile: its hold is here already, or will find the note.
    """
    lock_counters(connection, holder.company_id)
    company = load_company(connection, holder.company_id)
    if _is_of(redemption_to_change(connection, company.id, reference), attempt):
        return False
    note_ended(connection, company.id, reference, attempt, context.clock())
    return True


def _is_of(row: Row[Any] | None, attempt: str) -> bool:
    return row is not None and row.attempt == attempt


def _settle(
    context: Context, holder: Holder, reference: str, event: Event, request: SettleRequest, connection: Connection
) -> Redemption:
    share_counters(connection, holder.company_id)
    company = load_company(connection, holder.company_id)
    row = known(redemption_to_change(connection, company.id, reference))
    request = _without_tax(row, request)
    now = context.clock()
    before, after = _states(row, event, request)
    is_to_count = after.counts_uses and not before.counts_uses
    if is_to_count and not _take_again(context, connection, company, row, now, holder.name):
        after = transition(before, Event.COME_LATE)
    is_news = after is State.IN_DOUBT and request.charged not in (None, row.charged)
    if after is not before or is_news:
        move(connection, company.id, [reference], after, now, request.charged)
    if after is State.CONFIRMED and before is not after:
        credit_points(connection, company, row, context.new_id, now, holder.name)
        keep_values(connection, row, now)
    if before.counts_uses and not after.counts_uses:
        give_back(connection, company.id, [reference], now)
    return as_answer(redemption_of(connection, company.id, reference))


def _take_again(
    context: Context, connection: Connection, company: Company, row: Row[Any], now: datetime, name: str
) -> bool:
    """Take once more what a redemption that had expired took; False, with nothing taken, where it is not there."""
    again = values_to_take_again(connection, row, context.new_id, now)
    if again is None or not take_uses_again(connection, row, local_day(now, company.zone)):
        return False
    again.take(connection, now, name)
    return True


def _without_tax(row: Row[Any], request: SettleRequest) -> SettleRequest:
    """Return a report whose amount is without the tax that was said with the hold, as all amounts here are."""
    if request.charged is None or not row.tax:
        return request
    return request.model_copy(update={"charged": max(0, request.charged - row.tax)})


def _states(row: Row[Any], event: Event, request: SettleRequest) -> tuple[State, State]:
    """Return the state before and after an event, or refuse it."""
    if request.attempt not in (None, row.attempt):
        raise Refusal("CHECKOUT_IN_FLIGHT", "The redemption is another attempt's by now.")
    before = State(row.state)
    try:
        after = transition(before, event)
    except IllegalTransition:
        raise _closed(row) from None
    if event is Event.CONFIRM and request.charged not in (None, row.amount_due):
        message = f"Charged {request.charged}, held {row.amount_due}: a redemption is confirmed at its own amount only."
        raise Refusal("CHARGE_MISMATCH", message)
    return before, after


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


def _closed(row: Row[Any]) -> Refusal:
    return Refusal("REDEMPTION_CLOSED", f"The redemption is {row.state} and does not admit this.")
