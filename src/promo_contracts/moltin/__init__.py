"""Promotions with codes and carts (seed 004): the names of the Moltin API of 2018 and 2019."""
