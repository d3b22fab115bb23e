"""Signals written to files for other programs, as many as there are: each is written before the next is taken."""
