"""Reveals: for which purposes a person-level value may be shown in clear (R13)."""

from enum import StrEnum


class Purpose(StrEnum):
    MATCH_REVIEW = "MATCH_REVIEW"
    CASE_INVESTIGATION = "CASE_INVESTIGATION"
    REPORT_TO_AUTHORITY = "REPORT_TO_AUTHORITY"
    APPEAL_REVIEW = "APPEAL_REVIEW"
    QUALITY_CHECK = "QUALITY_CHECK"
