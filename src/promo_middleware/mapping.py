"""Where the cart stands in a shop's JSON, declaratively; reading it, and writing prices back.

Paths are dotted names from the top of the response (``cart.total``); those of a line are relative to the line. Amounts
are minor units (integers), or major units (numbers or strings such as ``59.90``), and are written back as they stood.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from promo_engine import (
    MAX_CODES,
    MAX_TEXT,
    Cart,
    Currency,
    Customer,
    DocumentError,
    Evaluation,
    Line,
    Shipping,
    code_form,
)
from promo_middleware.errors import ConfigurationError, MappingError

Amounts = Literal["minor", "major"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CartMapping:
    """Where a shop's cart keeps its parts; ``None`` for a part that it does not have.

    ``currency`` is a path, or a fixed currency as ``Currency.of("EUR")``. ``total`` is required: the mapping must
    reproduce it (lines + shipping), else the response goes out unchanged. ``line_total``, ``shipping``,
    ``discount_total`` and ``total`` are written; everything else is only read. ``order_total`` stands in the response
    of a checkout: what was charged.
    """

    amounts: Amounts = "minor"
    currency: str | Currency = "currency"
    lines: str = "lines"
    line_id: str = "id"
    sku: str | None = "sku"
    product_id: str | None = None
    unit_price: str = "unit_price"
    quantity: str = "quantity"
    categories: str | None = None
    discountable: str | None = None
    floor_price: str | None = None
    line_total: str | None = None
    shipping: str | None = None
    shipping_method: str | None = None
    discount_total: str | None = None
    total: str = "total"
    codes: str | None = None
    customer_id: str | None = None
    guest_key: str | None = None
    order_total: str | None = None
    block: str = "promotions"

    def __post_init__(self) -> None:
        if self.amounts not in ("minor", "major"):
            raise ConfigurationError(f"amounts must be 'minor' or 'major', not {self.amounts!r}")

    def read(self, document: Any) -> Cart:
        """Read the cart out of a shop's JSON.

        Raises:
            MappingError: names the path that does not fit.
        """
        currency = self._currency(document)
        try:
            return Cart(
                currency=currency,
                lines=[
                    self._line(line, f"{self.lines}[{i}]", currency)
                    for i, line in enumerate(_list(document, self.lines))
                ],
                shipping=self._shipping(document, currency),
                codes=_codes(_list(document, self.codes)) if self.codes else [],
                customer=self._customer(document),
            )
        except DocumentError as error:
            raise MappingError(error.path, error.problem) from None

    def stated_total(self, document: Any, currency: Currency) -> int:
        """Return the shop's own total in minor units: what the mapping must reproduce."""
        return self._amount(document, self.total, currency)

    def charged(self, order: Any, currency: Currency | None) -> int | None:
        """Return what a checkout's response says was charged, in minor units; None if it does not say."""
        if self.order_total is None:
            return None
        try:
            if self.amounts == "major" and currency is None:
                currency = self._currency(order)
            return self._amount(order, self.order_total, currency)
        except MappingError:
            return None

    def write(self, document: Any, evaluation: Evaluation) -> None:
        """Put the prices of an evaluation in the place of the shop's, and add the block."""
        currency = evaluation.currency
        if self.line_total is not None:
            after = {line.id: line.after for line in evaluation.lines}
            for line in _list(document, self.lines):
                price = after[str(_value(line, self.line_id))]
                self._put(line, self.line_total, price, currency)
        if self.shipping is not None:
            self._put(document, self.shipping, sum(entry.after for entry in evaluation.shipping), currency)
        if self.discount_total is not None:
            off = evaluation.items_discount + evaluation.shipping_discount
            self._put(document, self.discount_total, off, currency)
        self._put(document, self.total, evaluation.amount_due, currency)
        document[self.block] = evaluation.block()

    def _shipping(self, document: Any, currency: Currency) -> list[Shipping]:
        if self.shipping is None:
            return []
        method = _text(document, self.shipping_method)
        return [Shipping(id="shipping", method=method, price=self._amount(document, self.shipping, currency))]

    def _line(self, line: Any, where: str, currency: Currency) -> Line:
        try:
            return Line(
                id=str(_value(line, self.line_id)),
                sku=_text(line, self.sku),
                product_id=_text(line, self.product_id),
                unit_price=self._amount(line, self.unit_price, currency),
                quantity=_value(line, self.quantity),
                categories=_list(line, self.categories) if self.categories else (),
                discountable=_value(line, self.discountable) if self.discountable else True,
                floor_price=self._floor(line, currency),
            )
        except (MappingError, DocumentError) as error:
            raise MappingError(f"{where}.{error.path}", str(error).partition(": ")[2]) from None

    def _floor(self, line: Any, currency: Currency) -> int | None:
        """Read the lowest price of a unit; a line without one has none."""
        if self.floor_price is None or _value(line, self.floor_price) is None:
            return None
        return self._amount(line, self.floor_price, currency)

    def _customer(self, document: Any) -> Customer | None:
        customer = _value(document, self.customer_id) if self.customer_id else None
        if customer is not None:
            return Customer(id=str(customer))
        guest = _value(document, self.guest_key) if self.guest_key else None
        return None if guest is None else Customer(guest_key=str(guest))

    def _currency(self, document: Any) -> Currency:
        if isinstance(self.currency, Currency):
            return self.currency
        code = _value(document, self.currency)
        try:
            return Currency.of(str(code).upper())
        except DocumentError as error:
            raise MappingError(self.currency, error.problem) from None

    def _amount(self, document: Any, path: str, currency: Currency | None) -> int:
        value = _value(document, path)
        if self.amounts == "minor" or currency is None:
            if isinstance(value, int) and not isinstance(value, bool):
                return value
            raise MappingError(path, f"must be an integer of minor units, not {value!r}")
        try:
            return currency.minor(_decimal(value))
        except (DocumentError, InvalidOperation, TypeError):
            raise MappingError(path, f"must be an amount of {currency.code}, not {value!r}") from None

    def _put(self, document: Any, path: str, amount: int, currency: Currency) -> None:
        *parents, name = path.split(".")
        holder = _value(document, ".".join(parents)) if parents else document
        if self.amounts == "minor":
            holder[name] = amount
            return
        price = currency.major(amount)
        holder[name] = str(price) if isinstance(holder.get(name), str) else price


def _value(document: Any, path: str) -> Any:
    value = document
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            raise MappingError(path, "is not there")
        value = value[name]
    return value


def _list(document: Any, path: str) -> list[Any]:
    value = _value(document, path)
    if isinstance(value, list):
        return value
    raise MappingError(path, "must be a list")


def _codes(values: list[Any]) -> list[str]:
    """Return what shoppers typed as far as a cart can hold it: a code that no promotion can have breaks nothing."""
    typed = [str(value)[:MAX_TEXT] for value in values]
    return [code for code in typed if code_form(code) and code.isprintable()][:MAX_CODES]


def _text(document: Any, path: str | None) -> str:
    return "" if path is None else str(_value(document, path))


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise TypeError
    return number
