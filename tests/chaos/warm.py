"""The promotion types, found once by the process that others are forked from: that takes longer than a hold."""

from promo_engine import discover

TYPES = discover()
