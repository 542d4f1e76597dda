"""The Moltin contract, on its own names: access tokens, promotions with codes, carts.

It takes the API key as it is; a server of Moltin's own wants an access token in its place.
"""

from typing import Final
from urllib.parse import urlencode

from promo_contracts.moltin import models, routes
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.resources.moltin.carts import AsyncCarts, Carts
from promo_sdk.resources.moltin.promotions import AsyncPromotions, Promotions

__all__ = ["AsyncMoltin", "Carts", "Moltin", "Promotions"]


def create_token(*, client_id: str, client_secret: str) -> Call[models.Token]:
    """Make an access token of the two parts of a key: what stands before its second underscore, and what is behind it.

    Raises:
        Unauthorized: there is no such key.

    >>> create_token(client_id="promo_5f2c", client_secret="s").body
    b'grant_type=client_credentials&client_id=promo_5f2c&client_secret=s'
    """
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Call(routes.CREATE_TOKEN, as_model(models.Token), headers=headers, body=urlencode(form).encode())


class Moltin(Resource):
    """The Moltin contract of the company that the key belongs to."""

    create_token: Final = endpoint(create_token)

    @property
    def promotions(self) -> Promotions:
        """Promotions with a schema for each currency, and their codes."""
        return Promotions(self)

    @property
    def carts(self) -> Carts:
        """Carts with goods and codes, their totals, and the orders that are made of them."""
        return Carts(self)


class AsyncMoltin(AsyncResource):
    """The Moltin contract of the company that the key belongs to."""

    create_token: Final = async_endpoint(create_token)

    @property
    def promotions(self) -> AsyncPromotions:
        """Promotions with a schema for each currency, and their codes."""
        return AsyncPromotions(self)

    @property
    def carts(self) -> AsyncCarts:
        """Carts with goods and codes, their totals, and the orders that are made of them."""
        return AsyncCarts(self)
