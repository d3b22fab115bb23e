"""The verbs that clients call."""
