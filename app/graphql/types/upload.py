"""What an upload says and what comes back."""

from datetime import datetime

import strawberry

from app.graphql.types.plain_input import plain
from app.rules import ids
from app.rules.drafts import MAX_AUDIENCE_GROUPS, MAX_CONTEXT_LENGTH, Audience, SignalDraft
from app.rules.labels import (
    CONFIDENCE_MAX,
    CONFIDENCE_MIN,
    Annotation,
    ContentGrade,
    Handling,
    Labels,
    Precision,
    ReviewStatus,
    Severity,
    SubjectRole,
    Violation,
)
from app.rules.normal_forms import Hints
from app.rules.normal_forms.accounts import ACCOUNT_ID_LIMIT, USERNAME_LIMIT
from app.rules.normal_forms.emails import EMAIL_LIMIT
from app.rules.normal_forms.hashes import PDQ_MIN_QUALITY
from app.rules.normal_forms.keywords import KEYWORD_LIMIT, LANGUAGE_LIMIT
from app.rules.normal_forms.payments import HANDLE_LIMIT, SCHEMES
from app.rules.normal_forms.text import QUALIFIER_LIMIT, RAW_LIMIT
from app.rules.normal_forms.urls import URL_LIMIT
from app.rules.signal_types import SignalType


@plain
@strawberry.input(description="One signal to contribute to: needs type, value, violations, severity and confidence.")
class SignalDraftInput:
    type: SignalType = strawberry.field(description="What kind of indicator the draft's value is.")
    value: str = strawberry.field(
        description=f"The value as you have it, up to {RAW_LIMIT:,} characters; defanged is fine. In canonical form a"
        " URL"
        f" has up to {URL_LIMIT:,}, an EMAIL_ADDRESS {EMAIL_LIMIT}, a USERNAME {USERNAME_LIMIT}, an ACCOUNT_ID"
        f" {ACCOUNT_ID_LIMIT}, a KEYWORD {KEYWORD_LIMIT}, a PAYMENT_HANDLE {HANDLE_LIMIT}."
    )
    violations: list[Violation] = strawberry.field(description="Which of your policies were violated; at least one.")
    severity: Severity = strawberry.field(description="How grave you hold the activity to be.")
    confidence: int = strawberry.field(
        description=f"How sure you are, {CONFIDENCE_MIN} to {CONFIDENCE_MAX}: a signal is never proof."
    )
    annotations: list[Annotation] = strawberry.field(
        default_factory=list, description="Circumstances that those who review a match should know."
    )
    precision: Precision = strawberry.field(
        default=Precision.MEDIUM, description="How few false positives you expect; MEDIUM by default."
    )
    handling: Handling = strawberry.field(
        default=Handling.AMBER, description="How far you let it be passed on; AMBER by default."
    )
    review_status: ReviewStatus | None = strawberry.field(
        default=None, description="Whether somebody looked at it; what you said before is kept if you leave this off."
    )
    subject_role: SubjectRole = strawberry.field(
        default=SubjectRole.UNKNOWN, description="What part the subject plays; victims and minors only for hashes."
    )
    content_grade: ContentGrade | None = strawberry.field(
        default=None, description="Industry classification of the file, for hashes only."
    )
    platform: str | None = strawberry.field(
        default=None,
        description=f"Platform of a USERNAME or ACCOUNT_ID, which need it; up to {QUALIFIER_LIMIT} characters.",
    )
    language: str | None = strawberry.field(
        default=None,
        description=f"Language of a KEYWORD as a BCP 47 tag, up to {LANGUAGE_LIMIT} characters; `und` by default.",
    )
    region: str | None = strawberry.field(
        default=None,
        description="Region of a PHONE_NUMBER without its country code, two letters (ISO 3166-1) such as GB.",
    )
    scheme: str | None = strawberry.field(
        default=None, description=f"Scheme of a PAYMENT_HANDLE, which needs it: {', '.join(SCHEMES)}."
    )
    observed_at: datetime | None = strawberry.field(
        default=None,
        description="When you saw the activity, with an offset, not in the future; an IP_ADDRESS needs it.",
    )
    media_type: str | None = strawberry.field(
        default=None, description="Media type of the file behind the hash: a type and a subtype, such as image/jpeg."
    )
    quality: int | None = strawberry.field(
        default=None, description=f"Quality of a HASH_PDQ, 0 to 100; at least {PDQ_MIN_QUALITY} is needed."
    )
    context: str | None = strawberry.field(
        default=None,
        description=f"What reviewers should know, in your words, up to {MAX_CONTEXT_LENGTH:,} characters; kept"
        " encrypted.",
    )
    audience_groups: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description=f"Sharing groups of yours that may see it, 1 to {MAX_AUDIENCE_GROUPS}. Left off: the whole program"
        " for what is new to you, and who may see it by now for the rest.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None,
        description="When it ends, with an offset, not in the past; by default and at most when the type's retention"
        " is over.",
    )

    def draft(self) -> SignalDraft:
        return SignalDraft(
            type=self.type,
            value=self.value,
            labels=self._labels(),
            hints=Hints(
                platform=self.platform,
                language=self.language,
                region=self.region,
                scheme=self.scheme,
                observed_at=self.observed_at,
                media_type=self.media_type,
                quality=self.quality,
            ),
            audience=None if self.audience_groups is None else audience_of(self.audience_groups),
            context=self.context,
            expires_at=self.expires_at,
            states_review=self.review_status is not None,
        )

    def _labels(self) -> Labels:
        return Labels(
            violations=tuple(self.violations),
            severity=self.severity,
            confidence=self.confidence,
            annotations=tuple(self.annotations),
            content_grade=self.content_grade,
            precision=self.precision,
            review_status=self.review_status or ReviewStatus.UNREVIEWED,
            handling=self.handling,
            subject_role=self.subject_role,
        )


def audience_of(groups: list[strawberry.ID] | None) -> Audience:
    """An id that is none of a group stands for a group that nobody is a member of, so the row is refused later."""
    return Audience(None if groups is None else tuple(ids.read_or_nothing(ids.Prefix.GROUP, id) for id in groups))
