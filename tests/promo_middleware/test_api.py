"""The port over the SDK: what is no answer of the API is its being away, but for what is wrong in this process."""

from typing import NoReturn

import pytest

from promo_middleware import ApiAway
from promo_middleware.api import ApiPort
from promo_sdk import PromotionsClient
from promo_sdk.testing import answering


class Closing(ApiPort):
    """A port that its shop closes between a question's first step and the next."""

    def _client(self) -> PromotionsClient:
        made = super()._client()
        self.close()
        return made


def connect() -> PromotionsClient:
    return PromotionsClient(
        "http://api", company_id="shop", api_key="promo_x", http_transport=answering(lambda *_: (200, {"uses": {}}))
    )


def test_a_question_that_its_shop_closes_under_finds_the_api_away() -> None:
    port = Closing(connect, entitlements_timeout=60, hold_timeout=60)
    with pytest.raises(ApiAway, match="the shop has closed its client"):
        port.entitlements(None, ["spring"], [])


def test_what_fails_in_this_process_while_the_client_is_open_comes_out_as_it_is() -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError("no event loop")

    def broken() -> PromotionsClient:
        return PromotionsClient("http://api", company_id="shop", api_key="promo_x", http_transport=answering(fail))

    port = ApiPort(broken, entitlements_timeout=60, hold_timeout=60)
    with pytest.raises(RuntimeError, match="no event loop"):
        port.entitlements(None, ["spring"], [])
    port.close()
