"""Carts whose totals other engines' own tests assert: translated into our words, and judged."""
