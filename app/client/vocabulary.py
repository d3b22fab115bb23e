"""The words of the exchange's schema that a participant writes or reads: each enum as a type, and as its words."""

from typing import Final, Literal, get_args

SignalType = Literal[
    "EMAIL_ADDRESS",
    "USERNAME",
    "ACCOUNT_ID",
    "PHONE_NUMBER",
    "IP_ADDRESS",
    "PAYMENT_HANDLE",
    "URL",
    "DOMAIN",
    "HASH_MD5",
    "HASH_SHA1",
    "HASH_SHA256",
    "HASH_PDQ",
    "KEYWORD",
]
Violation = Literal[
    "CSAM_POSSESSION_DISTRIBUTION",
    "CSAM_SOLICITATION",
    "ONLINE_ENTICEMENT_GROOMING",
    "SEXTORTION_FINANCIAL",
    "SEXTORTION_SEXUAL",
    "SADISTIC_ONLINE_EXPLOITATION",
    "CHILD_SEX_TRAFFICKING",
    "CHILD_SEX_TOURISM",
    "CONTACT_OFFENCE_RISK",
    "UNSOLICITED_MATERIAL_TO_MINOR",
    "MISLEADING_DOMAIN_OR_WORDS",
    "FINANCIAL_FACILITATION",
]
Severity = Literal["INFO", "LOW", "MEDIUM", "HIGH", "IMMINENT_HARM"]
Annotation = Literal[
    "GENERATIVE_AI",
    "MINOR_TO_MINOR",
    "POSSIBLE_SELF_PRODUCTION",
    "VIRAL",
    "POTENTIAL_MEME",
    "LIVE_STREAMING",
    "INFANT",
    "SPAM",
    "COMPROMISED_ACCOUNT",
]
Precision = Literal["LOW", "MEDIUM", "HIGH"]
Handling = Literal["RED", "AMBER_STRICT", "AMBER", "GREEN", "CLEAR"]
ReviewStatus = Literal["UNREVIEWED", "PENDING", "REVIEWED_AUTOMATICALLY", "REVIEWED_MANUALLY"]
SubjectRole = Literal["SUSPECT", "UNKNOWN", "VICTIM", "MINOR"]
ContentGrade = Literal["A1", "A2", "B1", "B2", "UNGRADED"]
Outcome = Literal["CREATED", "UPDATED", "UNCHANGED", "REJECTED"]
Relation = Literal[
    "SAME_ACTOR",
    "SAME_INCIDENT",
    "SAME_CONTENT",
    "REDIRECTS_TO",
    "HOSTED_AT",
    "ADVERTISED_BY",
    "PAID_THROUGH",
    "COMMUNICATES_WITH",
    "DERIVED_FROM",
]
Verdict = Literal[
    "INGESTED",
    "ALREADY_KNOWN",
    "NO_MATCH",
    "MATCHED",
    "IN_REVIEW",
    "CONFIRMED_VIOLATION",
    "INCONCLUSIVE",
    "NOT_VIOLATING_HERE",
    "FALSE_POSITIVE",
    "OUTDATED",
    "WANT_MORE_INFO",
]
VerdictReason = Literal[
    "WRONG_VALUE",
    "BENIGN_CONTENT",
    "WRONG_LABEL",
    "NEAR_MATCH_COLLISION",
    "SHARED_OR_COMMON_VALUE",
    "IDENTITY_REASSIGNED",
    "VICTIM_NOT_OFFENDER",
    "LAWFUL_ADULT",
    "TEST_DATA",
    "OTHER",
]
EnforcementAction = Literal[
    "NO_ACTION",
    "CONTENT_REMOVED",
    "URL_BLOCKED",
    "ACCOUNT_WARNED",
    "ACCOUNT_RESTRICTED",
    "ACCOUNT_SUSPENDED",
    "ACCOUNT_REMOVED",
    "FEATURE_RESTRICTED",
    "PAYMENT_BLOCKED",
    "SUSPICIOUS_ACTIVITY_REPORT_FILED",
    "REPORTED_TO_NCMEC",
    "REPORTED_TO_OTHER_HOTLINE",
    "ESCALATED_IMMINENT_HARM",
    "VICTIM_SUPPORT_OFFERED",
    "INVESTIGATION_OPENED",
]
Opinion = Literal["INVESTIGATION_SEED", "CONFIRMED", "DISPUTED", "FALSE_POSITIVE"]
MatchKind = Literal["EXACT", "MATCH_KEY", "PDQ"]
Purpose = Literal["MATCH_REVIEW", "CASE_INVESTIGATION", "REPORT_TO_AUTHORITY", "APPEAL_REVIEW", "QUALITY_CHECK"]
RetractionReason = Literal[
    "ERROR",
    "FALSE_POSITIVE",
    "APPEAL_UPHELD",
    "LEGAL_REQUIREMENT",
    "DATA_SUBJECT_REQUEST",
    "DUPLICATE",
    "OUT_OF_SCOPE",
    "PARTICIPANT_EXIT",
]
ContributionStatus = Literal["ACTIVE", "QUARANTINED", "RETRACTED", "EXPIRED"]
GuardList = Literal["TOP_SITES", "ROLE_ADDRESSES", "COMMON_WORDS", "SHARED_INFRASTRUCTURE"]
UnlinkOutcome = Literal["REMOVED", "NOT_FOUND"]
Level = Literal["PERSON", "CONTENT"]
ParticipantClass = Literal["CONTRIBUTOR_CONSUMER", "RECEIVE_ONLY", "CONTRIBUTOR_ONLY", "OPERATOR", "OBSERVER"]
ParticipantStatus = Literal[
    "APPLIED",
    "COMPLIANCE_REVIEW",
    "APPROVED",
    "AGREEMENT_SIGNED",
    "ONBOARDING",
    "ACTIVE",
    "RESTRICTED",
    "SUSPENDED",
    "OFFBOARDING",
    "TERMINATED",
]
Role = Literal["INVESTIGATOR", "REVIEWER", "ANALYST", "PARTICIPANT_ADMIN", "OPERATOR"]

# By the name of the enum in the schema.
ENUMS: Final[dict[str, tuple[str, ...]]] = {
    "SignalType": get_args(SignalType),
    "Violation": get_args(Violation),
    "Severity": get_args(Severity),
    "Annotation": get_args(Annotation),
    "Precision": get_args(Precision),
    "Handling": get_args(Handling),
    "ReviewStatus": get_args(ReviewStatus),
    "SubjectRole": get_args(SubjectRole),
    "ContentGrade": get_args(ContentGrade),
    "Outcome": get_args(Outcome),
    "Relation": get_args(Relation),
    "Verdict": get_args(Verdict),
    "VerdictReason": get_args(VerdictReason),
    "EnforcementAction": get_args(EnforcementAction),
    "Opinion": get_args(Opinion),
    "MatchKind": get_args(MatchKind),
    "Purpose": get_args(Purpose),
    "RetractionReason": get_args(RetractionReason),
    "ContributionStatus": get_args(ContributionStatus),
    "GuardList": get_args(GuardList),
    "UnlinkOutcome": get_args(UnlinkOutcome),
    "Level": get_args(Level),
    "ParticipantClass": get_args(ParticipantClass),
    "ParticipantStatus": get_args(ParticipantStatus),
    "Role": get_args(Role),
}
