"""Orders: the sources found and locked, the arithmetic done purely, and what it gives stored as one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, select

from promo_contracts.company.errors import FieldProblem
from promo_contracts.lightrail.transactions import LineItem, OrderRequest, Source, Transaction
from promo_engine import DocumentError, Rounding
from promo_server import lightrail_order as pure
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail.codes import last_four
from promo_server.services.lightrail.currencies import check_currency
from promo_server.services.lightrail.expiry import in_time, read_in_time
from promo_server.services.lightrail.ledger import Change, Posting, post, refuse_repeated, simulated
from promo_server.services.lightrail.planning import LONGEST, WEEK, void_date
from promo_server.services.lightrail.rules import read_rule
from promo_server.services.lightrail.stores import Store, load_stores, lock_stores
from promo_server.services.lightrail.transactions import ids_of, stored_transaction
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.storage.value_tables import value_stores


def process_order(context: Context, holder: Holder, request: OrderRequest) -> Transaction:
    """Let an order's sources pay for its lines: discounts, tax, then payments.

    Value stores that cannot be used, or are not there, are left out without a word.

    Raises:
        InvalidFields: a line costs more than can be computed with.
        Refusal: ``TransactionExists``, ``CurrencyNotFound``, ``InsufficientBalance``, ``StripeAmountTooSmall``,
            ``RuleTooCostly``, ``PendingDurationTooSmall``, ``PendingDurationTooLarge``; ``NoPaymentPort``: a card would
            have to be charged, which nothing here can do.
    """

    def work(connection: Connection, now: datetime) -> Transaction:
        company_id = holder.company_id
        by_source = _stores_by_source(connection, context, company_id, request.sources)
        ids = {store_id for found in by_source for store_id in found}
        stores = (load_stores if request.simulate else lock_stores)(connection, company_id, ids)
        refuse_repeated(connection, company_id, request.transactionId)
        check_currency(connection, company_id, request.currency)
        posting = _posting(request, _priced(request, by_source, stores, now), stores, now)
        if request.simulate:
            return simulated(posting, now, holder.name)
        _refuse_cards(posting)
        post(connection, company_id, posting, now, holder.name)
        return stored_transaction(connection, company_id, posting.id)

    run = read_in_time if request.simulate else in_time
    return run(context, holder.company_id, work)


def _stores_by_source(
    connection: Connection, context: Context, company_id: str, sources: Sequence[Source]
) -> list[Sequence[str]]:
    """Return the ids of the value stores of each source: those that the customer has, or the one that it names."""
    named = ids_of(connection, context, company_id, sources)
    return [
        _attached(connection, company_id, source.customerId)
        if source.customerId is not None
        else [store_id]
        if store_id is not None
        else []
        for source, store_id in zip(sources, named, strict=True)
    ]


def _attached(connection: Connection, company_id: str, customer_id: str) -> Sequence[str]:
    found = connection.execute(_ATTACHED, {"company": company_id, "customer": customer_id})
    return list(found.scalars())


_ATTACHED = (
    select(value_stores.c.id)
    .where(value_stores.c.company_id == bindparam("company"), value_stores.c.customer_id == bindparam("customer"))
    .order_by(value_stores.c.created_at, value_stores.c.id)
)


def _priced(
    request: OrderRequest, by_source: Sequence[Sequence[str]], stores: Mapping[str, Store], now: datetime
) -> pure.PricedOrder:
    sources: list[pure.Source] = []
    for source, ids in zip(request.sources, by_source, strict=True):
        sources += _pure_sources(source, [stores[store_id] for store_id in ids if store_id in stores])
    order = pure.Order(
        currency=request.currency,
        lines=[_line(number, line) for number, line in enumerate(request.lineItems)],
        sources=sources,
        allow_remainder=request.allowRemainder,
        tax_rounding=Rounding(request.tax.roundingMode.lower()),
        metadata=request.metadata,
    )
    try:
        return pure.price_order(order, now)
    except pure.OrderRefused as refused:
        raise Refusal(refused.code, str(refused)) from None


def _line(number: int, line: LineItem) -> pure.OrderLine:
    document = line.model_dump(exclude_none=True)
    try:
        return pure.OrderLine(line.unitPrice, line.quantity, line.taxRate or Decimal(0), document)
    except DocumentError as error:
        raise InvalidFields(FieldProblem(f"lineItems[{number}].{error.path}", error.problem)) from None


def _pure_sources(source: Source, stores: Sequence[Store]) -> Sequence[pure.Source]:
    match source.rail:
        case "lightrail":
            return [_pure_store(store) for store in stores]
        case "internal":
            assert source.id is not None
            return [
                pure.InternalSource(
                    id=source.id,
                    balance=source.value or 0,
                    pre_tax=bool(source.preTax),
                    before_lightrail=bool(source.beforeLightrail),
                )
            ]
    card = pure.CardSource(
        minimum=source.minAmount,
        maximum=source.maxAmount,
        forgive_below_minimum=bool(source.forgiveSubMinAmount),
    )
    return [card]


def _pure_store(store: Store) -> pure.ValueStore:
    return pure.ValueStore(
        id=store.id,
        currency=store.currency,
        balance=store.balance,
        value_rule=read_rule(store.value_rule),
        redemption_rule=read_rule(store.redemption_rule),
        discount=store.discount,
        pre_tax=store.pre_tax,
        uses=store.uses,
        active=store.active,
        frozen=store.frozen,
        canceled=store.canceled,
        starts=store.starts_at,
        ends=store.ends_at,
        metadata=store.metadata,
    )


def _posting(request: OrderRequest, priced: pure.PricedOrder, stores: Mapping[str, Store], now: datetime) -> Posting:
    has_card = any(source.rail == "stripe" for source in request.sources)
    changes = {
        step.source.id: Change(stores[step.source.id], -step.amount, -step.uses)
        for step in priced.steps
        if isinstance(step.source, pure.ValueStore)
    }
    return Posting(
        request.transactionId,
        "order",
        request.currency,
        list(changes.values()),
        [_step(step, changes) for step in priced.steps],
        totals=_totals(priced.totals),
        remainder=priced.totals.remainder,
        line_items=[_line_item(request.lineItems[line.place], line, stores) for line in priced.lines],
        payment_sources=[_shown_source(source) for source in request.sources],
        tax={"roundingMode": request.tax.roundingMode},
        metadata=request.metadata,
        void_at=void_date(request.pending, now, longest=WEEK if has_card else LONGEST),
    )


def _step(step: pure.Step, changes: Mapping[str, Change]) -> Mapping[str, Any]:
    match step.source:
        case pure.ValueStore():
            return changes[step.source.id].step(is_order=True)
        case pure.InternalSource():
            return {
                "rail": "internal",
                "id": step.source.id,
                "valueBefore": step.balance_before,
                "valueAfter": step.balance_after,
                "valueChange": -step.amount,
                "amount": -step.amount,
            }
    return {"rail": "stripe", "amount": -step.amount}


def _totals(totals: pure.Totals) -> dict[str, int]:
    return {
        "subtotal": totals.subtotal,
        "tax": totals.tax,
        "discount": totals.discount,
        "payable": totals.payable,
        "remainder": totals.remainder,
        "forgiven": totals.forgiven,
        "discountLightrail": totals.discount_lightrail,
        "paidLightrail": totals.paid_lightrail,
        "paidStripe": totals.paid_card,
        "paidInternal": totals.paid_internal,
    }


def _line_item(given: LineItem, line: pure.PricedLine, stores: Mapping[str, Store]) -> dict[str, Any]:
    shown = given.model_dump(exclude_none=True)
    return shown | {
        "valueStoresApplied": [_applied(stores[store_id], amount) for store_id, amount in line.applied],
        "lineTotal": {
            "price": line.subtotal,
            "subtotal": line.subtotal,
            "taxable": line.taxable,
            "tax": line.tax,
            "discount": line.discount,
            "remainder": line.remainder,
            "payable": line.payable,
        },
    }


def _applied(store: Store, amount: int) -> dict[str, Any]:
    return {
        "valueStoreId": store.id,
        "rule": store.value_rule,
        "ruleExplanation": store.value_explanation,
        "amount": -amount,
        "preTax": store.pre_tax,
        "discount": store.discount,
    }


def _shown_source(source: Source) -> dict[str, Any]:
    """Return a source without what is secret of it: a code's last four characters, nothing that names a card."""
    shown = source.model_dump(exclude_none=True, exclude={"source", "customer", "token", "cardToken"})
    return {
        name: f"…{last_four(value)}" if name in ("code", "secureCode", "publicCode") else value
        for name, value in shown.items()
    }


def _refuse_cards(posting: Posting) -> None:
    if any(step["rail"] == "stripe" for step in posting.steps):
        message = "A card would have to be charged, and nothing here does that: simulate, or leave a remainder."
        raise Refusal("NoPaymentPort", message)
