"""HTTP only: binds the contracts' route tables to services."""
