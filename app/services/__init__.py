"""What a participant can do: one function, one use case, one transaction."""
