"""The read engine: one operation, one SQL statement that answers it in JSON."""
