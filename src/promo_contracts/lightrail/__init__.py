"""The value-store API (seed 000): customers, programs, value stores and their transactions, on the seed's names."""
