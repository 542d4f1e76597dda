"""Shoppers who try to pay less than they should."""
