"""What is right: plain functions and values, no I/O."""
