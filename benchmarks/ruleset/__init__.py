"""What a shop waits for when it asks for its rules, beside what nobody can do without."""
