"""What the middleware adds to a request, beside bare Starlette."""
