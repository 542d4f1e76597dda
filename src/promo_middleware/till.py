"""A shop's mapping and its tax together: reading, reconciling and writing carts, and what is due on top of prices."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from promo_engine import Cart, Currency, Evaluation, block_of
from promo_middleware import paths
from promo_middleware.errors import ConfigurationError, MappingError
from promo_middleware.gross import check_tax
from promo_middleware.mapping import CartMapping
from promo_middleware.tax import Called, Dues, Rated, Taxes, TaxOf, TaxRule, taxed, undiscounted

Prices: TypeAlias = Literal["gross", "net"]


class ShopMapping(Protocol):
    """A shop's carts, for whatever a ``CartMapping`` cannot say. Subclass it: ``read`` and ``write`` are a must."""

    @property
    def block(self) -> str:
        """Where the block is added to a cart: a name, or a path as ``data.cart.promotions``."""
        return "promotions"

    @property
    def states_charge(self) -> bool:
        """Whether ``charged`` finds an amount in the response of a checkout."""
        return False

    @property
    def checkout_reference(self) -> str | None:
        """Where a checkout's request names its reference, as ``path:cart``; what is held before the handler needs it.

        ``promo_middleware.places`` has the places.
        """
        return None

    def read(self, document: Any) -> Cart:
        """Read the cart; raise ``MappingError`` with the path of what does not fit."""

    def stated_total(self, document: Any, currency: Currency) -> int:
        """Return the shop's own total, in minor units; the response goes out unchanged if the cart does not come to it.

        A mapping that does not reconcile vouches for its cart itself.
        """
        return self.read(document).total

    def write(self, document: Any, priced: Mapping[str, Any], taxes: Taxes | None = None) -> None:
        """Put the amounts of an evaluation document in the place of the shop's. The block is not its business.

        With net prices ``taxes`` has the tax on each line and entry, and ``priced["totals"]`` has it inside.
        """

    def charged(self, order: Any, currency: Currency | None) -> int | None:
        """Return what a checkout's response says was charged, in minor units; None if it does not say.

        ``MappingError`` says no more, but why: it is for the log.
        """
        return None


class Parts(NamedTuple):
    """What a shop's cart comes to, in minor units, and what the shop says: they must agree."""

    cart: int
    tax: int | None
    stated: int

    @property
    def total(self) -> int:
        """What the parts come to."""
        return self.cart + (self.tax or 0)


class Till:
    """One shop's carts: its mapping, and how its prices are taxed.

    Args:
        mapping: where the cart stands in the shop's JSON.
        prices: ``gross``: prices have their tax inside, or there is none; ``net``: it comes on top.
        tax: of net prices: how it is rounded, or a function that says what it is.

    Raises:
        ConfigurationError: the tax of a discounted cart could not be told.
    """

    def __init__(
        self,
        mapping: ShopMapping,
        prices: Prices = "gross",
        tax: TaxRule | TaxOf | None = None,
    ) -> None:
        """Check that tax can be told."""
        if prices not in ("gross", "net"):
            raise ConfigurationError(f"prices must be 'gross' or 'net', not {prices!r}")
        if prices == "gross" and tax is not None:
            raise ConfigurationError("tax is for net prices; gross prices have theirs inside: leave it out")
        paths.name_of_new(mapping.block)
        self.mapping = mapping
        self.block = mapping.block
        """Where the block is added to a cart: a path."""
        self._block_name = paths.name_in(mapping.block)
        self.is_net = prices == "net"
        self._looks_at_lines = self.is_net or not isinstance(mapping, CartMapping) or mapping.writes_lines
        self._rule = tax if isinstance(tax, TaxRule) else TaxRule()
        self._function = None if tax is None or isinstance(tax, TaxRule) else tax
        if self.is_net:
            self._check_net()
        elif isinstance(mapping, CartMapping):
            _check_gross(mapping)

    @property
    def states_charge(self) -> bool:
        """Whether a checkout's response says what was charged."""
        return self.mapping.states_charge

    @property
    def checkout_reference(self) -> str | None:
        """Where a checkout's request names its reference."""
        return self.mapping.checkout_reference

    def read(self, document: Any) -> Cart:
        """Read the cart out of a shop's JSON, as yet unreconciled.

        Raises:
            MappingError: names the path that does not fit.
        """
        return self.mapping.read(document)

    def parts(self, document: Any, cart: Cart) -> Parts:
        """Return what a cart's parts come to, and what the shop says."""
        dues = self.dues(document, cart)
        tax = None if dues is None else dues.taxes(undiscounted(cart)).total
        return Parts(cart.total, tax, self.mapping.stated_total(document, cart.currency))

    def reconcile(self, document: Any, cart: Cart) -> None:
        """Check that the parts of a cart come to the shop's own total, to the minor unit, and so does tax inside.

        Raises:
            MappingError: says by how much they are off, or that the block has no place, or one of the shop's.
        """
        if self._block_name is None or type(document) is not dict or self._block_name in document:
            paths.check_free(document, self.block)
        parts = self.parts(document, cart)
        if parts.total != parts.stated:
            off = parts.stated - parts.total
            problem = f"{self._named()} come to {parts.total}, the shop says {parts.stated}: off by {off}"
            raise MappingError(self._total_path(), problem)
        if isinstance(self.mapping, CartMapping):
            self.mapping.check_lines(document, cart.currency)
            if not self.is_net and self.mapping.states_tax:
                check_tax(self.mapping, document, cart)

    def write(self, document: Any, evaluation: Evaluation) -> None:
        """Put the prices of an evaluation in the place of the shop's, and add the block."""
        dues = self.dues(document, evaluation.cart)
        written = evaluation.document(has_lines=self._looks_at_lines)
        taxes = None if dues is None else dues.taxes(written)
        priced = taxed(written, taxes)
        self.mapping.write(document, priced, taxes)
        holder, name = paths.place(document, self.block) if self._block_name is None else (document, self._block_name)
        holder[name] = block_of(priced)

    def priced(self, evaluation: Evaluation, dues: Dues | None) -> Mapping[str, Any]:
        """Return an evaluation's document, with the tax on net prices in its totals."""
        document = evaluation.document()
        return taxed(document, None if dues is None else dues.taxes(document))

    def dues(self, document: Any, cart: Cart) -> Dues | None:
        """Return what is due on top of a cart's prices: None with gross prices.

        Raises:
            MappingError: the rates cannot be told: a path of theirs does not fit, or there is a ``Cart`` alone.
        """
        if not self.is_net:
            return None
        if self._function is not None:
            return Called(cart, self._function)
        assert isinstance(self.mapping, CartMapping)
        if isinstance(document, Cart):
            raise MappingError(
                "tax_rate", "a Cart has no tax rates: give the cart as the shop's JSON, or tax=a function"
            )
        return Rated(self._rule, *self.mapping.rates(document))

    def charged(self, order: Any, currency: Currency | None) -> int | None:
        """Return what a checkout's response says was charged, in minor units; None if it does not say."""
        return self.mapping.charged(order, currency)

    def _check_net(self) -> None:
        if self._function is not None:
            return
        if not isinstance(self.mapping, CartMapping):
            raise ConfigurationError("net prices with a mapping of one's own need tax=: a function (cart, evaluation)")
        mapping, shipments = self.mapping, self.mapping.shipments
        missing = {
            "tax_rate": mapping.tax_rate is None,
            "shipping_tax_rate": shipments is not None and shipments.tax_rate is None,
            "other_tax_rate": bool(mapping.other) and mapping.other_tax_rate is None,
        }
        if names := [name for name, is_missing in missing.items() if is_missing]:
            raise ConfigurationError(
                f"net prices need {' and '.join(names)} in the mapping: a path, or Decimal('19') for all;"
                " or tax=: a function (cart, evaluation)"
            )

    def _total_path(self) -> str:
        return self.mapping.total if isinstance(self.mapping, CartMapping) else "total"

    def _named(self) -> str:
        """Name the parts that are read, for who has to find the one that is missing."""
        named = ["lines"]
        if isinstance(self.mapping, CartMapping):
            named += ["other amounts"] * bool(self.mapping.other)
        named += ["tax"] * self.is_net
        has_own = isinstance(self.mapping, CartMapping) and self.mapping.cuts and self.mapping.line_price is None
        less = " less the shop's own discounts" if has_own else ""
        return f"{', '.join(named)} and shipping{less}"


def _check_gross(mapping: CartMapping) -> None:
    """Refuse a mapping that would leave stated tax on an undiscounted base."""
    sources = (mapping.tax_rate, mapping.line_tax, mapping.line_excl_tax)
    shipments = mapping.shipments
    states = mapping.states_tax or mapping.line_tax is not None or mapping.line_excl_tax is not None
    if mapping.states_tax and not any(source is not None for source in sources):
        raise ConfigurationError(
            "the cart states its tax, so each line must, too: map line_tax, line_excl_tax or tax_rate, a path or"
            " Decimal('19') for all"
        )
    if states and shipments is not None and shipments.tax is None and shipments.tax_rate is None:
        raise ConfigurationError(
            "the cart states its tax, so shipping must, too: map shipping_tax or shipping_tax_rate, Decimal(0) where"
            " shipping bears none"
        )
