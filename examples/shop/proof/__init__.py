"""What the demo needs besides the shop: servers, shoppers, four ledgers and the comparison of them."""
