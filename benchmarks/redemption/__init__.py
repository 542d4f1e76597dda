"""What a hold costs, beside the bare statements that a hold cannot do without."""
