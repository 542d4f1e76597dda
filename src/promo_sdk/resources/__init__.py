"""The rooms of the API: in each module pure call builders, and the two faces made of them."""
