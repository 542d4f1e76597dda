"""What a shop and its shoppers meet, the same through every shell."""
