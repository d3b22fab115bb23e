"""The Lantern exchange."""
