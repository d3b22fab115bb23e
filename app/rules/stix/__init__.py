"""Signals as STIX 2.1 objects, from the answers that the exchange gives; for what others export, and for TAXII."""
