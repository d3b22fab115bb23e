"""Drafts: rows of an upload, checked and brought to the form in which they are compared and kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from ..errors import InvalidInput, NotFound, Refusal
from . import texts
from .guards import GuardKey, guard_keys
from .labels import Labels, ReviewStatus, check_labels, check_review
from .moments import checked_optional_moment
from .normal_forms import NO_HINTS, NORMALISER_VERSION, Canonical, Forms, Hints, admit, spelt
from .signal_types import SignalType, facts

# Characters of what a contributor adds in words.
MAX_CONTEXT_LENGTH = 4_000
# Sharing groups of one contribution.
MAX_AUDIENCE_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see a contribution: the members of `groups`, or with None the whole program."""

    groups: tuple[UUID, ...] | None = None

    @property
    def program_wide(self) -> bool:
        return self.groups is None


@dataclass(frozen=True, slots=True)
class SignalDraft:
    """One row of an upload as it was given; an audience and a review that were not given are kept from before."""

    type: SignalType
    value: str
    labels: Labels
    hints: Hints = NO_HINTS
    audience: Audience | None = None
    context: str | None = None
    expires_at: datetime | None = None
    states_review: bool = False


@dataclass(frozen=True, slots=True)
class ReadyDraft:
    """A draft that breaks no rule that can be checked without looking at what is stored."""

    form: Canonical
    # The same by version, as signals may still have earlier forms; one, but for the time of a change.
    forms: Forms = field(compare=False)
    guarded_by: tuple[GuardKey, ...]
    labels: Labels
    audience: Audience
    context: str | None
    media_type: str | None
    observed_at: datetime | None
    expires_at: datetime | None
    states_review: bool
    states_audience: bool

    def expiry(self, as_of: datetime) -> datetime:
        """When it ends: as asked, at most and by default when the type's retention is over (R16)."""
        cap = as_of + facts(self.form.type).retention
        return cap if self.expires_at is None else min(self.expires_at, cap)


def ready(
    draft: SignalDraft, groups: tuple[UUID, ...], as_of: datetime, normalisers: Sequence[int] = (NORMALISER_VERSION,)
) -> ReadyDraft:
    """The draft in canonical form, by the first of the normalisers; `groups` are those that the uploader is in.

    Raises: InvalidInput, with the field; NotFound for a group that is not the uploader's.
    """
    forms = spelt(draft.type, draft.value, draft.hints, normalisers)
    form = forms[normalisers[0]]
    admit(form, draft.hints, normalisers[0])
    labels = check_labels(draft.type, draft.labels)
    return ReadyDraft(
        form=form,
        forms=forms,
        guarded_by=guard_keys(form),
        labels=labels,
        audience=checked_audience(draft.audience or Audience(), groups),
        context=texts.checked_optional(draft.context, "context", max_length=MAX_CONTEXT_LENGTH),
        media_type=draft.hints.media_type,
        observed_at=_checked_observation(draft.hints.observed_at, as_of),
        expires_at=check_expiry(draft.expires_at, as_of),
        states_review=draft.states_review,
        states_audience=draft.audience is not None,
    )


def checked_audience(audience: Audience, groups: tuple[UUID, ...]) -> Audience:
    """Raises: NotFound unless the contributor is a member of every group; InvalidInput for none or too many."""
    if audience.groups is None:
        return audience
    if not audience.groups:
        raise InvalidInput(
            "Name the groups that may see it; for the whole program, leave them off.",
            field="audienceGroups",
            reason=Refusal.EMPTY,
        )
    if len(audience.groups) > MAX_AUDIENCE_GROUPS:
        raise InvalidInput(
            f"At most {MAX_AUDIENCE_GROUPS} groups.", field="audienceGroups", reason=Refusal.TOO_MANY_GROUPS
        )
    if not set(audience.groups) <= set(groups):
        raise NotFound("sharing group", field="audienceGroups")
    return Audience(tuple(sorted(set(audience.groups))))


def _checked_observation(observed_at: datetime | None, as_of: datetime) -> datetime | None:
    moment = checked_optional_moment(observed_at, "observedAt")
    if moment is not None and moment > as_of:
        raise InvalidInput("This lies in the future.", field="observedAt", reason=Refusal.IN_THE_FUTURE)
    return moment


def check_expiry(expires_at: datetime | None, as_of: datetime) -> datetime | None:
    """Raises: InvalidInput for a time that has passed, or is none."""
    moment = checked_optional_moment(expires_at, "expiresAt")
    if moment is not None and moment <= as_of:
        raise InvalidInput(
            "This lies in the past: to withdraw, retract.", field="expiresAt", reason=Refusal.IN_THE_PAST
        )
    return moment


def standing(draft: ReadyDraft, review: ReviewStatus, audience: Audience) -> ReadyDraft:
    """The draft as it is to stand in place of what was said before, under that review and for that audience.

    What it does not state stays: a second upload never shows a value to more than the first by leaving something off.
    Raises: InvalidInput if it would put anything less in place of a manual review.
    """
    if draft.states_review:
        check_review(review, draft.labels.review_status)
    else:
        draft = replace(draft, labels=replace(draft.labels, review_status=review))
    return draft if draft.states_audience else replace(draft, audience=audience)
