"""The same carts by every way to a price."""
