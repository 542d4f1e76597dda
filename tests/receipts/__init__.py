"""Random carts whose receipts must be the same bytes in any process, on any Python, in whatever order things come."""
