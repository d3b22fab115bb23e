"""The one spelling of every value: what equals what, what is refused, and what nearly equals."""

from app.rules.normal_forms.forms import NO_HINTS, Canonical, Hints, MatchKey
from app.rules.normal_forms.refusals import Refusal

__all__ = ["NORMALISER_VERSION", "NO_HINTS", "Canonical", "Hints", "MatchKey", "Refusal"]

# Stored beside every tag (R12) and stated with every match tag (R14). Raise it with any change of a canonical form.
NORMALISER_VERSION: int = 1
