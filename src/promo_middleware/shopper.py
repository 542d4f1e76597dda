"""Whose request it is, and the codes that come with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from promo_engine import Customer


@dataclass(frozen=True, slots=True)
class Shopper:
    """What the shop's own resolver says of a request: a customer, or that it failed; and the codes entered before."""

    customer: Customer | None = None
    codes: Sequence[str] = ()
    failure: Exception | None = None

    def or_named(self, named: Customer | None) -> Customer | None:
        """Return the customer that a handler names, else whose request it is.

        Raises:
            RuntimeError: the handler names none, and the resolver failed: who it is decides what is charged.

        >>> Shopper(Customer(id="7")).or_named(None).id
        '7'
        """
        if named is None and self.failure is not None:
            raise RuntimeError("customer= failed, so nobody knows whose cart it is") from self.failure
        return self.customer if named is None else named


NOBODY = Shopper()


def checked(found: object) -> Customer | None:
    """Return what the shop's resolver returned, which must be a customer, or None.

    Raises:
        TypeError: it is something else.

    >>> checked("u1")
    Traceback (most recent call last):
    TypeError: customer must return a Customer, as Customer(id="u1"), not 'u1'
    """
    if found is None or isinstance(found, Customer):
        return found
    name = found if isinstance(found, str | int) else "7"
    raise TypeError(f'customer must return a Customer, as Customer(id="{name}"), not {found!r}')
