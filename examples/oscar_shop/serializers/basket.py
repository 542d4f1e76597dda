"""A basket with its lines inside, and each line with the number that the merchant knows it by."""

from oscarapi.serializers import basket as stock
from rest_framework.serializers import CharField


class BasketLineSerializer(stock.BasketLineSerializer):  # type: ignore[misc]
    partner_sku = CharField(source="stockrecord.partner_sku", read_only=True)

    class Meta(stock.BasketLineSerializer.Meta):  # type: ignore[misc]
        fields = (*stock.BasketLineSerializer.Meta.fields, "partner_sku")


class BasketSerializer(stock.BasketSerializer):  # type: ignore[misc]
    lines = BasketLineSerializer(many=True, source="all_lines", read_only=True)
