"""A checkout that charges what the middleware holds, with the discounts where Oscar keeps its own."""

from typing import Any

from oscar.core.loading import get_class
from oscarapi.serializers import checkout as stock

from examples.oscar_shop.promotions import cents, of_goods
from examples.oscar_shop.serializers.basket import BasketSerializer
from promo_middleware import Hold

OrderTotalCalculator = get_class("checkout.calculators", "OrderTotalCalculator")


class CheckoutSerializer(stock.CheckoutSerializer):  # type: ignore[misc]
    hold: Hold

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        seen = attrs.pop("total", None)  # what the shopper saw; Oscar would compare it with a total of its own
        attrs = super().validate(attrs)
        basket, shipping = attrs["basket"], attrs["shipping_charge"]
        cart = BasketSerializer(basket, context=self.context).data
        shown = None if seen is None else cents(seen - shipping.incl_tax)
        reference = str(self.generate_order_number(basket))
        self.hold = self.request.promotions.hold(reference=reference, cart=cart, shown=shown)
        off = {line["id"]: line["discount"] for line in self.hold.lines}
        for line, shown_line in zip(basket.all_lines(), cart["lines"], strict=True):
            if amount := off[shown_line["url"]]:
                line.discount(self.hold.money.major(amount), line.quantity)
        attrs["order_total"] = OrderTotalCalculator().calculate(basket, shipping)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Any:
        order = super().create(validated_data)
        for one in self.hold.discounts:
            order.discounts.create(offer_name=one["name"], amount=self.hold.money.major(one["discount"]))
        self.hold.charged(of_goods(order))
        return order
