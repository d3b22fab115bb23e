"""What clients can ask."""
