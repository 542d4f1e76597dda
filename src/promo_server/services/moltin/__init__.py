"""The use cases of the Moltin contract: tokens, promotions, codes, carts and their checkout."""
