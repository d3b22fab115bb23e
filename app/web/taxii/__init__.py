"""TAXII 2.1, for reading: the change feed as a collection of STIX objects, by the feed's own query."""
