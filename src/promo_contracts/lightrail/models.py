"""Customers, programs, value stores and currencies of the value-store API, on the seed's names.

What goes in is closed and strict; what comes out is what a client reads. Amounts are minor units.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from promo_contracts.checked import CheckedModel
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.updates import update_of
from promo_contracts.fields import Answer, Instant, Name, Text, WireModel, ignoring_unknown
from promo_contracts.lightrail.fields import (
    MOST,
    Access,
    CodeText,
    CurrencyCode,
    Email,
    FirstOrLastName,
    Id,
    Metadata,
    NotNegativeAmount,
    Rule,
    Tags,
)


class CustomerCreate(WireModel):
    """The body of *create customer*."""

    customerId: Id
    firstName: FirstOrLastName | None = None
    lastName: FirstOrLastName | None = None
    email: Email | None = None
    tags: Tags = []
    metadata: Metadata | None = None


CustomerUpdate = update_of(CustomerCreate)
"""The body of PUT for a customer."""


class Customer(Answer):
    """A customer, whom value stores may be attached to."""

    customerId: str
    firstName: str | None
    lastName: str | None
    email: str | None
    tags: list[str]
    metadata: dict[str, Any] | None
    createdDate: Instant
    updatedDate: Instant


class _Valued(CheckedModel):
    """What programs and value stores have in common."""

    redemptionRule: Rule | None = None
    valueRule: Rule | None = None
    uses: Annotated[int, Field(ge=0, le=MOST)] | None = None
    startDate: Instant | None = None
    endDate: Instant | None = None
    metadata: Metadata | None = None

    def _problems(self) -> Iterator[FieldProblem]:
        yield from dates_problems(self.startDate, self.endDate)


def dates_problems(start: datetime | None, end: datetime | None) -> Iterator[FieldProblem]:
    """Say what is wrong with the ends of a span."""
    if start and end and end < start:
        yield FieldProblem("endDate", "must not be before startDate")


class ProgramCreate(_Valued):
    """The body of *create program*: a template of value stores."""

    programId: Id
    name: Name | None = None
    currency: CurrencyCode
    access: Access
    discount: bool = False
    preTax: bool = False
    active: bool = True
    minInitialValue: NotNegativeAmount | None = None
    maxInitialValue: NotNegativeAmount | None = None
    fixedInitialValues: Annotated[list[NotNegativeAmount], Field(min_length=1, max_length=100)] | None = None
    tags: Tags = []

    def _problems(self) -> Iterator[FieldProblem]:
        yield from super()._problems()
        low, high, fixed = self.minInitialValue, self.maxInitialValue, self.fixedInitialValues
        if low is not None and high is not None and low > high:
            yield FieldProblem("maxInitialValue", "must not be below minInitialValue")
        if fixed is not None and len(set(fixed)) < len(fixed):
            yield FieldProblem("fixedInitialValues", "must name each value once")
        if fixed is not None and (low, high) != (None, None):
            yield FieldProblem("fixedInitialValues", "cannot stand beside minInitialValue or maxInitialValue")
        if self.valueRule is not None and (low, high, fixed) != (None, None, None):
            yield FieldProblem("valueRule", "cannot stand beside bounds of the initial value: a rule gives the value")


PROGRAM_MAY_CHANGE = (
    "programId",
    "active",
    "minInitialValue",
    "maxInitialValue",
    "fixedInitialValues",
    "tags",
    "metadata",
)
ProgramUpdate = update_of(ProgramCreate, keep=PROGRAM_MAY_CHANGE)
"""The body of PATCH for a program; value stores that are made of it stay as they are."""


class Program(Answer):
    """A program."""

    programId: str
    name: str | None
    currency: str
    access: Access
    discount: bool
    preTax: bool
    active: bool
    redemptionRule: Annotated[Rule, ignoring_unknown(Rule)] | None
    valueRule: Annotated[Rule, ignoring_unknown(Rule)] | None
    minInitialValue: int | None
    maxInitialValue: int | None
    fixedInitialValues: list[int] | None
    uses: int | None
    startDate: Instant | None
    endDate: Instant | None
    tags: list[str]
    metadata: dict[str, Any] | None
    createdDate: Instant
    updatedDate: Instant


class ValueStoreCreate(_Valued):
    """The body of *create value store*: what it does not say, it has of its program.

    ``code`` is its code; ``generateCode`` has one made. ``customerId`` attaches it to a customer, which a value store
    that has a code cannot be.
    """

    valueStoreId: Id
    programId: Id | None = None
    customerId: Id | None = None
    code: CodeText | None = None
    generateCode: bool = False
    access: Access | None = None
    currency: CurrencyCode | None = None
    value: NotNegativeAmount | None = None
    discount: bool | None = None
    preTax: bool | None = None
    active: bool = True
    frozen: bool = False

    def _problems(self) -> Iterator[FieldProblem]:
        yield from super()._problems()
        has_code = self.code is not None or self.generateCode
        if self.code is not None and self.generateCode:
            yield FieldProblem("generateCode", "cannot stand beside a code")
        if has_code and self.customerId is not None:
            yield FieldProblem("customerId", "cannot stand beside a code: a value store has a customer or a code")
        if has_code and self.access == "customerId":
            yield FieldProblem("access", "must be secureCode or publicCode, since there is a code")
        if self.customerId is not None and self.access not in (None, "customerId"):
            yield FieldProblem("access", "must be customerId, since there is a customer")
        if self.programId is None and self.currency is None:
            yield FieldProblem("currency", "is required without a programId")
        if self.value is not None and self.valueRule is not None:
            yield FieldProblem("valueRule", "cannot stand beside a value: it gives the value")


class ValueStoreChange(_Valued):
    """What may change of a value store: never what it is worth, which only transactions move."""

    valueStoreId: Id
    discount: bool = False
    preTax: bool = False
    active: bool = True
    frozen: bool = False
    canceled: bool = False


ValueStoreUpdate = update_of(ValueStoreChange, without=("uses",))
"""The body of PATCH for a value store."""


class ValueStore(Answer):
    """A value store: ``value`` is what it holds, null where a rule gives what it is worth in an order.

    Of a secret ``code`` the last four characters are shown. ``uses`` are those left, null without a limit.
    """

    valueStoreId: str
    programId: str | None
    customerId: str | None
    code: str | None
    access: Access | None
    currency: str
    value: int | None
    uses: int | None
    discount: bool
    preTax: bool
    active: bool
    frozen: bool
    canceled: bool
    redemptionRule: Annotated[Rule, ignoring_unknown(Rule)] | None
    valueRule: Annotated[Rule, ignoring_unknown(Rule)] | None
    startDate: Instant | None
    endDate: Instant | None
    metadata: dict[str, Any] | None
    createdDate: Instant
    updatedDate: Instant


class CodeSet(CheckedModel):
    """The body of *set code*: a code, or ``generateCode``; with ``secure`` it is secret."""

    code: CodeText | None = None
    generateCode: bool = False
    secure: bool = False

    def _problems(self) -> Iterator[FieldProblem]:
        if (self.code is None) is not self.generateCode:
            yield FieldProblem("code", "is required, or else generateCode: one of the two")


class CodeShown(Answer):
    """The code of a value store; of a secret one the last four characters, unless it was asked for in full."""

    code: str


class CustomerSet(WireModel):
    """The body of *attach to a customer*."""

    customerId: Id


class CustomerShown(Answer):
    """The customer that a value store is attached to."""

    customerId: str


class CurrencyCreate(WireModel):
    """The body of *create currency*; one of ISO 4217 has its decimal places from there."""

    code: CurrencyCode
    name: Name
    symbol: Text
    decimalPlaces: Annotated[int, Field(ge=0, le=4)]


CurrencyUpdate = update_of(CurrencyCreate, keep=("code", "name", "symbol"))
"""The body of PATCH for a currency: its decimal places stay, since amounts are in them."""


class Currency(Answer):
    """A currency of the company's."""

    code: str
    name: str
    symbol: str
    decimalPlaces: int


class Success(Answer):
    """It is done."""

    success: Literal[True] = True


class CustomerList(RootModel[list[Customer]]):
    """Customers, newest first."""


class ProgramList(RootModel[list[Program]]):
    """Programs, newest first."""


class ValueStoreList(RootModel[list[ValueStore]]):
    """Value stores, newest first."""


class CurrencyList(RootModel[list[Currency]]):
    """Currencies, by code."""
