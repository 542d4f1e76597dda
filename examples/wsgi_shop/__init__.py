"""A shop on Flask, dropped into the promotions product by one line of middleware and one line of checkout."""
