"""Promotions, codes and tokens of the Moltin contract, on the seed's names. Amounts are minor units."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from promo_contracts.checked import CheckedModel
from promo_contracts.company.errors import FieldProblem
from promo_contracts.fields import Answer, Name, Positive, Prose, Text, WireModel, ignoring_unknown
from promo_contracts.lightrail.fields import CodeText, CurrencyCode
from promo_contracts.moltin.errors import MISSING
from promo_contracts.moltin.fields import Amount, Moment, Percentage

T = TypeVar("T")
Given = Annotated[T, Field(exclude_if=lambda value: value is None)]
"""A field that is in an answer only where it says something."""

PromotionType = Literal["fixed_discount", "percent_discount"]
MOST_CODES = 1_000
"""No request creates or deletes more."""

_VALUES = {"fixed_discount": "amount", "percent_discount": "percentage"}


class InCurrency(WireModel):
    """What is off in a currency: an amount of a fixed discount, a percentage of a percent discount."""

    currency: CurrencyCode
    amount: Given[Amount | None] = None
    percentage: Given[Percentage | None] = None

    @property
    def value(self) -> int | Decimal:
        """What is off."""
        found = self.percentage if self.amount is None else self.amount
        assert found is not None
        return found


class Schema(WireModel):
    """What is off, by currency; a cart in another currency gets nothing."""

    currencies: Annotated[list[InCurrency], Field(min_length=1, max_length=200)]

    def problems(self, promotion_type: str) -> Iterator[FieldProblem]:
        """Say what a promotion of this type may not have."""
        wanted = _VALUES[promotion_type]
        for place, one in enumerate(self.currencies):
            path = f"schema.currencies[{place}]"
            if getattr(one, wanted) is None:
                yield FieldProblem(f"{path}.{wanted}", MISSING)
            other = "percentage" if wanted == "amount" else "amount"
            if getattr(one, other) is not None:
                yield FieldProblem(f"{path}.{other}", f"is not for a {promotion_type}: it has {wanted}")
            if one.currency in [before.currency for before in self.currencies[:place]]:
                yield FieldProblem(f"{path}.currency", "must be named once")


class PromotionCreate(CheckedModel):
    """What *create promotion* is told; it applies while it is enabled, from start to end."""

    model_config = ConfigDict(serialize_by_alias=True)

    type: Literal["promotion"]
    name: Name
    description: Prose
    enabled: bool
    promotion_type: PromotionType
    schema_: Annotated[Schema, Field(alias="schema")]
    start: Moment
    end: Moment

    def _problems(self) -> Iterator[FieldProblem]:
        yield from self.schema_.problems(self.promotion_type)
        if self.end <= self.start:
            yield FieldProblem("end", "must be after start")


class PromotionChange(WireModel):
    """What *update promotion* is told; what is not named, or null, stays. The type stays as it is."""

    model_config = ConfigDict(serialize_by_alias=True)

    type: Literal["promotion"]
    id: Text | None = None
    name: Name | None = None
    description: Prose | None = None
    enabled: bool | None = None
    promotion_type: PromotionType | None = None
    schema_: Annotated[Schema | None, Field(alias="schema")] = None
    start: Moment | None = None
    end: Moment | None = None


class PromotionCreateBody(WireModel):
    """The body of *create promotion*."""

    data: PromotionCreate


class PromotionChangeBody(WireModel):
    """The body of *update promotion*."""

    data: PromotionChange


class Promotion(Answer):
    """A promotion."""

    model_config = ConfigDict(serialize_by_alias=True)

    type: str
    id: str
    name: str
    description: str
    enabled: bool
    promotion_type: str
    schema_: Annotated[Schema, ignoring_unknown(Schema), Field(alias="schema")]
    start: Moment
    end: Moment
    created_at: Moment
    updated_at: Moment


class PromotionData(Answer):
    """One promotion."""

    data: Promotion


class CodeCreate(WireModel):
    """A code, any text; ``uses`` is how often it can be used, as often as one likes where it is not given."""

    code: CodeText
    uses: Positive | None = None


class Codes(WireModel):
    """What *create codes* is told: all of them are created, or none."""

    type: Literal["promotion_codes"]
    codes: Annotated[list[CodeCreate], Field(min_length=1, max_length=MOST_CODES)]


class CodesBody(WireModel):
    """The body of *create codes*."""

    data: Codes


class CodeName(WireModel):
    """A code that is to be deleted."""

    code: CodeText


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}
_OBJECT: dict[str, Any] = {"type": "object", "properties": {"code": _TEXT}, "required": ["code"]}
GoneCode = Annotated[
    CodeName,
    BeforeValidator(lambda value: {"code": value} if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [_TEXT, {**_OBJECT, "additionalProperties": False}]}),
]
"""A code, as a text or as an object that has one."""


class GoneCodes(WireModel):
    """What *delete codes* is told: these codes, as texts or as objects that have one."""

    type: Literal["promotion_codes"]
    codes: Annotated[list[GoneCode], Field(min_length=1, max_length=MOST_CODES)]

    @property
    def texts(self) -> list[str]:
        """The codes alone."""
        return [one.code for one in self.codes]


class GoneCodesBody(WireModel):
    """The body of *delete codes*; without one, all of the promotion's codes are meant."""

    data: GoneCodes


class Code(Answer):
    """A code; of one with a limit also the limit, ``max_uses``, and what is left of it, ``uses``."""

    code: str
    uses: Given[int | None] = None
    max_uses: Given[int | None] = None


class PageOf(Answer):
    """Where a page stands: ``current`` of ``total`` pages, from 1."""

    limit: int
    offset: int
    current: int
    total: int


class Results(Answer):
    """How many there are in all."""

    total: int


class ListMeta(Answer):
    """Where a page stands, and how many there are in all."""

    page: PageOf
    results: Results


class ListLinks(Answer):
    """Where the other pages are; null where there is none."""

    current: str
    first: str
    last: str
    prev: str | None
    next: str | None


class PromotionList(Answer):
    """One page of promotions, newest first."""

    data: list[Promotion]
    meta: ListMeta
    links: ListLinks


class CodeList(Answer):
    """One page of the codes of a promotion, newest first."""

    data: list[Code]
    meta: ListMeta
    links: ListLinks


class TokenRequest(WireModel):
    """The form of *create access token*: the two parts of a key."""

    grant_type: Annotated[str, Field(max_length=64)]
    client_id: Annotated[str, Field(min_length=1, max_length=255)]
    client_secret: Annotated[str, Field(max_length=255)] | None = None


class Token(Answer):
    """An access token: good for what its key is, until ``expires``, in seconds since 1970."""

    expires: int
    expires_in: int
    identifier: str
    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind of token
