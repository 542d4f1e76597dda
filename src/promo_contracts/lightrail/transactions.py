"""Transactions of the value-store API: orders, debits, credits, transfers; capture, void, reverse. Minor units."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    RootModel,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from promo_contracts.checked import CheckedModel
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import Unasked
from promo_contracts.fields import Answer, Instant, Text, WireModel
from promo_contracts.lightrail.fields import (
    MOST,
    Amount,
    CodeText,
    CurrencyCode,
    Id,
    Metadata,
    NotNegativeAmount,
    Pending,
    Rate,
    Tags,
)

TransactionType = Literal["initialValue", "debit", "credit", "transfer", "order", "capture", "void", "reverse"]
PendingState = Literal["pending", "captured", "void"]
RoundingMode = Literal["HALF_EVEN", "HALF_UP"]

CODES = ("code", "secureCode", "publicCode")


class Named(CheckedModel):
    """What names value stores: exactly one of its fields does."""

    rail: Literal["lightrail", "stripe", "internal"]
    valueStoreId: Id | None = None
    code: CodeText | None = None
    secureCode: CodeText | None = None
    publicCode: CodeText | None = None

    def _problems(self) -> Iterator[FieldProblem]:
        yield from _one_of(self, ("valueStoreId", *CODES))

    @property
    def given_code(self) -> str | None:
        """The code, by whichever name it came."""
        return self.code or self.secureCode or self.publicCode


class Party(Named):
    """One value store, by its id or its code."""

    rail: Literal["lightrail"]


def _one_of(model: WireModel, names: tuple[str, ...]) -> Iterator[FieldProblem]:
    given = [name for name in names if getattr(model, name) is not None]
    if len(given) != 1:
        listed = ", ".join(names)
        yield FieldProblem(given[1] if given else names[0], f"exactly one must be given of {listed}")


_OF_RAIL: Mapping[str, tuple[str, ...]] = {
    "lightrail": ("customerId", "valueStoreId", *CODES),
    "stripe": ("source", "customer", "token", "cardToken", "maxAmount", "minAmount", "forgiveSubMinAmount"),
    "internal": ("id", "value", "beforeLightrail", "preTax"),
}


class Source(Named):
    """Where an order takes its value from: value stores, a card (``stripe``), or a system of the shop's (``internal``).

    ``customerId`` stands for all value stores that are attached to the customer.
    """

    customerId: Id | None = None
    source: Text | None = None
    customer: Text | None = None
    token: Text | None = None
    cardToken: Text | None = None
    maxAmount: Amount | None = None
    minAmount: NotNegativeAmount | None = None
    forgiveSubMinAmount: bool | None = None
    id: Text | None = None
    value: NotNegativeAmount | None = None
    beforeLightrail: bool | None = None
    preTax: bool | None = None

    def _problems(self) -> Iterator[FieldProblem]:
        known = _OF_RAIL[self.rail]
        for name in type(self).model_fields:
            if name != "rail" and getattr(self, name) is not None and name not in known:
                yield FieldProblem(name, f"is not a field of a source of the rail {self.rail}")
        if self.rail == "lightrail":
            yield from _one_of(self, known)
        elif self.rail == "internal":
            yield from (FieldProblem(name, "is required") for name in ("id", "value") if getattr(self, name) is None)


class LineItem(WireModel):
    """A line of an order; it may have further fields, which rules can read."""

    model_config = ConfigDict(extra="allow")

    type: Literal["product", "shipping", "fee"] | None = None
    productId: Text | None = None
    variantId: Text | None = None
    unitPrice: NotNegativeAmount
    quantity: Annotated[int, Field(ge=1, le=MOST)] = 1
    taxRate: Rate | None = None
    tags: Tags | None = None
    metadata: Metadata | None = None


class TaxSettings(WireModel):
    """How the tax of a line is rounded."""

    roundingMode: RoundingMode = "HALF_EVEN"


class _Transaction(CheckedModel):
    transactionId: Id
    currency: CurrencyCode
    simulate: bool = False
    metadata: Metadata | None = None


class OrderRequest(_Transaction):
    """The body of *process an order*."""

    lineItems: Annotated[list[LineItem], Field(max_length=1_000)]
    sources: Annotated[list[Source], Field(max_length=100)]
    allowRemainder: bool = False
    pending: Pending = False
    tax: TaxSettings = TaxSettings()


class _Moved(_Transaction):
    amount: Amount | None = None
    uses: Amount | None = None

    def _problems(self) -> Iterator[FieldProblem]:
        if self.amount is None and self.uses is None:
            yield FieldProblem("amount", "is required, or uses")


class DebitRequest(_Moved):
    """The body of *debit*: an amount, uses, or both, of one value store."""

    source: Party
    allowRemainder: bool = False
    pending: Pending = False


class CreditRequest(_Moved):
    """The body of *credit*: an amount, uses, or both, for one value store."""

    destination: Party


class TransferRequest(_Transaction):
    """The body of *transfer*."""

    source: Party
    destination: Party
    amount: Amount
    allowRemainder: bool = False


class SettleRequest(WireModel):
    """The body of *capture* and *void*; without one, the transaction itself is answered as it is then."""

    transactionId: Id
    metadata: Metadata | None = None


class ReverseRequest(WireModel):
    """The body of *reverse*."""

    transactionId: Id
    simulate: bool = False
    metadata: Metadata | None = None


class _Sparse(Answer):
    """An answer that has some of its fields: those that it was given, also where they are null."""

    @model_serializer(mode="wrap")
    def _given(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if name in self.model_fields_set}


class Totals(_Sparse):
    """The totals of a transaction; all but the remainder are of orders."""

    subtotal: int | None = None
    tax: int | None = None
    discount: int | None = None
    payable: int | None = None
    remainder: int | None = None
    forgiven: int | None = None
    discountLightrail: int | None = None
    paidLightrail: int | None = None
    paidStripe: int | None = None
    paidInternal: int | None = None


class Step(_Sparse):
    """What one source gave, below zero, or got. ``value`` is that of a value store, null where it has a rule.

    Value stores have ``valueStoreId``, internal sources ``id``; an order's step has the change as its ``amount``, too.
    """

    rail: Literal["lightrail", "stripe", "internal"]
    valueStoreId: str | None = None
    customerId: str | None = None
    code: str | None = None
    id: str | None = None
    valueBefore: int | None = None
    valueAfter: int | None = None
    valueChange: int | None = None
    usesBefore: int | None = None
    usesAfter: int | None = None
    usesChange: int | None = None
    amount: int | None = None


class Transaction(Answer):
    """A transaction. ``pending`` is how one that waits, or waited, for its capture stands.

    ``remainder`` is what no source has paid. A step is what one source gave (below zero) or got. ``ofTransactionId`` is
    what it captures, voids or reverses. Codes are shown by their last four characters.
    """

    transactionId: str
    transactionType: TransactionType
    currency: str
    totals: Totals | None
    remainder: int
    lineItems: list[dict[str, Any]] | None
    steps: list[Step]
    paymentSources: list[dict[str, Any]] | None
    tax: dict[str, str] | None
    metadata: dict[str, Any] | None
    simulated: Unasked[bool] = False
    pending: Unasked[PendingState | None] = None
    pendingVoidDate: Unasked[Instant | None] = None
    reversed: Unasked[bool] = False
    ofTransactionId: Unasked[str | None] = None
    createdDate: Instant
    updatedDate: Instant
    createdBy: str


class TransactionList(RootModel[list[Transaction]]):
    """Transactions, newest first."""
