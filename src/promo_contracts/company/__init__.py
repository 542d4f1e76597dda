"""The company API: seed 003, and what CONTRACTS.md adds to it."""
