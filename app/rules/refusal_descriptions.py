"""What each word for a refusal means, as clients read it in the schema."""

from collections.abc import Mapping
from types import MappingProxyType

from app.errors import Refusal
from app.rules.normal_forms.refusals import SENTENCES

_GENERAL = {
    Refusal.TOO_SHORT: "A text has fewer characters than it takes; `message` says how many.",
    Refusal.OUT_OF_RANGE: "A number or a time is smaller or larger than it may be; `message` gives the bounds.",
    Refusal.WRONG_TYPE: "A variable or an argument is not of its type in the schema.",
    Refusal.NOT_A_NAME: "A name is empty, too long, or holds what cannot be printed.",
    Refusal.NOT_A_SLUG: "A slug is not of 2 to 63 lower-case letters, digits and hyphens, a letter first.",
    Refusal.NOT_FOR_THIS_CALL: "The value exists, but is not one that clients may give here.",
    Refusal.NOT_FOUND: "Of a row: what `field` names is absent, hidden from you, or of another type.",
    Refusal.DUPLICATE_IN_BATCH: "An earlier row of the call says something else about the same thing.",
    Refusal.BAD_CURSOR: "The cursor is not one of this list for you.",
    Refusal.RESYNC_REQUIRED: "What you see changed at once after this cursor: read `changes`, which says where anew.",
    Refusal.WOULD_SCAN: "No index answers this filter; `message` says what to add or to leave out.",
    Refusal.OFFSET_REQUIRED: "A time does not say its offset from UTC.",
    Refusal.IN_THE_FUTURE: "A time lies in the future, but tells of something that has happened.",
    Refusal.IN_THE_PAST: "A time lies in the past, but tells of something to come.",
    Refusal.EMPTY_PERIOD: "A period ends before it begins.",
    Refusal.PERIOD_TOO_LONG: "A period has more days than can be asked for at once.",
    Refusal.VIOLATION_REQUIRED: "A contribution names no violation.",
    Refusal.SECOND_REVIEWER_REQUIRED: "An annotation needs a second reviewer before it can be shared.",
    Refusal.GRADE_NEEDS_HASH: "A content grade was given for something else than a hash.",
    Refusal.HANDLING_TOO_OPEN: "What points at a person was given the handling GREEN or CLEAR.",
    Refusal.PROTECTED_SUBJECT: "An identifier of a victim or a minor, which is never shared.",
    Refusal.TOO_MANY_GROUPS: "An audience has more sharing groups than it may.",
    Refusal.REVIEWED_BY_A_PERSON: "A person has reviewed this, and automation never takes that review's place.",
    Refusal.REASON_REQUIRED: "This verdict needs a reason beside it.",
    Refusal.REASON_CONTRADICTS_VERDICT: "This verdict takes no reason.",
    Refusal.FALSE_POSITIVE_REQUIRED: "This reason goes with the verdict FALSE_POSITIVE alone.",
    Refusal.REVIEW_REQUIRED: "This verdict comes from a review, and none is stated.",
    Refusal.MANUAL_REVIEW_REQUIRED: "This needs a review by a person first.",
    Refusal.CONFIRMATION_REQUIRED: "An action needs the verdict CONFIRMED_VIOLATION.",
    Refusal.ATTESTATION_REQUIRED: "An action needs the time, the role and the policy of the review before it.",
    Refusal.DUPLICATE_ACTION: "One action is named twice; give it once with the whole count.",
    Refusal.ONLY_OWN_CONTRIBUTION: "Feedback on a signal that, as far as you see, nobody but you contributed.",
    Refusal.EQUAL_ENDS: "A link leads from a signal to itself.",
    Refusal.NOT_YOUR_SIGNAL: "You see the signal but do not contribute it, which a link of yours needs.",
    Refusal.UNSUPPORTED_NETWORK: "A network in a guard list is larger or smaller than uploads are looked up in.",
    Refusal.UNKNOWN_SCOPE: "There is no scope of this name.",
    Refusal.NOT_A_PUBLIC_KEY: "What should be public keys is no JWK Set, or a key in it is of no kind that is taken.",
    Refusal.SCOPE_NOT_ALLOWED: "The class of the participant may not have this scope.",
    Refusal.ROLE_NOT_ALLOWED: "Nobody at a participant of this class has this role.",
    Refusal.NOT_A_REDIRECT_URI: "A redirect URI is not https, nor http on the person's own machine, or is malformed.",
    Refusal.EASY_PASSWORD: "A password holds the person's name or address, or repeats a few characters.",
    Refusal.UNKNOWN_OPERATION: "The document has no such operation, or several of which none is chosen.",
    Refusal.MALFORMED: "The request, or a representation in it, has not the form that GraphQL or the federation asks.",
    Refusal.WRONG_METHOD: "The HTTP method is not one for this request.",
    Refusal.WRONG_MEDIA_TYPE: "The body is in a form that is not read, or the answer wanted in one that is not sent.",
    Refusal.NOT_RUNNABLE: "A document to be trusted could not run; `code` and `message` say why.",
    Refusal.UNNAMED_OPERATION: "A document to be trusted has an operation without a name.",
    Refusal.TEXT_IN_DOCUMENT: "A document to be trusted holds a string or a comment, either of which may be a value.",
    # Not of values alone, so the sentence for values would say too much.
    Refusal.EMPTY: "A text or a list has nothing in it.",
    Refusal.TOO_LONG: "A text is longer than it may be.",
    Refusal.CONTROL_CHARACTER: "A text holds a control character, or half of a character.",
}

REFUSALS: Mapping[Refusal, str] = MappingProxyType({**SENTENCES, **_GENERAL})
