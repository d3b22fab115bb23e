"""Where canaries are planted, and where they may be met again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from joserfc.jwt import encode

from app.rules import client_assertions
from tests.client_keys import new_key
from tests.flows.canaries import Canaries
from tests.flows.documents import Examples
from tests.flows.full_world import LABELS, MOMENT
from tests.flows.positions import Position

Shape = Callable[[Canaries, str], str]
"""Makes a value that is accepted in some place, with a canary of that place in it."""


def _sentence(canaries: Canaries, where: str) -> str:
    """Free text that speaks of a person."""
    return f"Ask {canaries.address(where)} about it"


# Values of each type; what they are planted as tells whether they point at a person.
PERSON, CONTENT = "a person-level value", "a content-level value"
VALUES: Mapping[str, tuple[str, Shape]] = {
    "EMAIL_ADDRESS": (PERSON, Canaries.address),
    "USERNAME": (PERSON, Canaries.text),
    "ACCOUNT_ID": (PERSON, Canaries.text),
    "PHONE_NUMBER": (PERSON, Canaries.phone),
    "IP_ADDRESS": (PERSON, Canaries.ip),
    "PAYMENT_HANDLE": (PERSON, Canaries.text),
    "URL": (CONTENT, lambda canaries, where: f"https://files.example/{canaries.text(where)}?a#b"),
    "DOMAIN": (CONTENT, lambda canaries, where: f"{canaries.text(where)}.example"),
    "HASH_MD5": (CONTENT, lambda canaries, where: canaries.digits(where, 32)),
    "HASH_SHA1": (CONTENT, lambda canaries, where: canaries.digits(where, 40)),
    "HASH_SHA256": (CONTENT, Canaries.digits),
    "HASH_PDQ": (CONTENT, Canaries.digits),
    "KEYWORD": (CONTENT, Canaries.text),
}
MATCHED = "a raw value to match"

# Texts of mutations and queries that can hold a canary and be accepted; what is not here is planted in the run in
# which nothing is shaped as its place asks.
SHAPES: Mapping[str, Shape] = {
    "SignalDraftInput.context": _sentence,
    "SignalDraftInput.mediaType": lambda canaries, where: f"image/{canaries.text(where)}",
    "UpdateContributionInput.context": _sentence,
    "UploadSignalsInput.idempotencyKey": Canaries.address,
    "LinkSignalsInput.idempotencyKey": Canaries.address,
    "RecordFeedbackInput.idempotencyKey": Canaries.address,
    "OpenCaseInput.idempotencyKey": Canaries.address,
    "AddCaseNoteInput.idempotencyKey": Canaries.address,
    "RevealValuesInput.purposeText": _sentence,
    "FeedbackInput.reviewerRole": Canaries.text,
    "FeedbackInput.policyReference": _sentence,
    "FeedbackInput.note": _sentence,
    "OpenCaseInput.title": _sentence,
    "OpenCaseInput.summary": _sentence,
    "AddCaseNoteInput.text": _sentence,
    "AdmitParticipantInput.slug": Canaries.text,
    "AdmitParticipantInput.name": Canaries.text,
    "CreateGroupInput.slug": Canaries.text,
    "CreateGroupInput.name": Canaries.text,
    "RenameGroupInput.name": Canaries.text,
    "RegisterClientInput.name": Canaries.text,
    "RegisterKeyClientInput.name": Canaries.text,
    "RegisterPublicClientInput.name": Canaries.text,
    "InvitePersonInput.email": Canaries.address,
    "InvitePersonInput.name": Canaries.text,
    "ParticipantFilterInput.slug": Canaries.text,
    "LoadGuardEntriesInput.entries[]": Canaries.text,
    "UnloadGuardEntriesInput.entries[]": Canaries.text,
}
# Part of the identity of some values, kept and shown beside them.
PLATFORM = "SignalDraftInput.platform"

# What is told to whom, by coordinate of the answer: to everybody who sees the object, to its author or owner alone, or
# to the members of a case. Nothing else of what was planted belongs into any answer.
EVERYBODY = frozenset({"author", "member", "other"})
MEMBERS = frozenset({"author", "member"})
AUTHOR = frozenset({"author"})
BELONGS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "Signal.value": (EVERYBODY, frozenset({CONTENT})),
    "Signal.qualifier": (EVERYBODY, frozenset({PLATFORM})),
    "Contribution.value": (AUTHOR, frozenset({PERSON, CONTENT})),
    "Contribution.context": (
        EVERYBODY,
        frozenset({"SignalDraftInput.context", "UpdateContributionInput.context"}),
    ),
    "Contribution.mediaType": (EVERYBODY, frozenset({"SignalDraftInput.mediaType"})),
    "RevealedValue.value": (EVERYBODY, frozenset({PERSON, CONTENT})),
    # Read by the other contributors of a signal that was revealed; here it is the member that contributes it too.
    "AccessRecord.purposeText": (frozenset({"member"}), frozenset({"RevealValuesInput.purposeText"})),
    "Case.title": (MEMBERS, frozenset({"OpenCaseInput.title"})),
    "Case.summary": (MEMBERS, frozenset({"OpenCaseInput.summary"})),
    "CaseNote.text": (MEMBERS, frozenset({"AddCaseNoteInput.text"})),
    "Feedback.reviewerRole": (AUTHOR, frozenset({"FeedbackInput.reviewerRole"})),
    "Feedback.policyReference": (AUTHOR, frozenset({"FeedbackInput.policyReference"})),
    "Feedback.note": (AUTHOR, frozenset({"FeedbackInput.note"})),
    "FeedbackVersion.reviewerRole": (AUTHOR, frozenset({"FeedbackInput.reviewerRole"})),
    "FeedbackVersion.policyReference": (AUTHOR, frozenset({"FeedbackInput.policyReference"})),
    "FeedbackVersion.note": (AUTHOR, frozenset({"FeedbackInput.note"})),
    # The author is the operator here, who sees applicants, all groups and all clients.
    "Participant.slug": (AUTHOR, frozenset({"AdmitParticipantInput.slug"})),
    "Participant.name": (AUTHOR, frozenset({"AdmitParticipantInput.name"})),
    "SharingGroup.slug": (AUTHOR, frozenset({"CreateGroupInput.slug"})),
    "SharingGroup.name": (MEMBERS, frozenset({"CreateGroupInput.name", "RenameGroupInput.name"})),
    "ApiClient.name": (
        AUTHOR,
        frozenset({"RegisterClientInput.name", "RegisterKeyClientInput.name", "RegisterPublicClientInput.name"}),
    ),
    "Person.email": (AUTHOR, frozenset({"InvitePersonInput.email"})),
    "Person.name": (AUTHOR, frozenset({"InvitePersonInput.name"})),
}

# What the database keeps as it was given: names of organisations, groups and programs, and short labels that describe
# and are no text. None is a value of a person-level type, and none was planted as an address.
KEPT_IN_CLEAR = frozenset(
    {
        PLATFORM,
        "SignalDraftInput.mediaType",
        "AdmitParticipantInput.slug",
        "AdmitParticipantInput.name",
        "CreateGroupInput.slug",
        "CreateGroupInput.name",
        "RenameGroupInput.name",
        "RegisterClientInput.name",
        "RegisterKeyClientInput.name",
        "RegisterPublicClientInput.name",
    }
)


def drafts(canaries: Canaries) -> list[dict[str, Any]]:
    """A draft of each type around a canary."""
    return [
        {
            "type": type_,
            "value": shape(canaries, level),
            "observedAt": MOMENT,
            "platform": canaries.text(PLATFORM) if type_ in ("USERNAME", "ACCOUNT_ID") else "chirper",
            "scheme": "upi",
            "context": _sentence(canaries, "SignalDraftInput.context"),
            "mediaType": SHAPES["SignalDraftInput.mediaType"](canaries, "SignalDraftInput.mediaType"),
            **LABELS,
        }
        for type_, (level, shape) in VALUES.items()
    ]


def values_to_match(canaries: Canaries) -> list[dict[str, Any]]:
    return [
        {"type": type_, "value": shape(canaries, MATCHED), "platform": canaries.text(MATCHED), "scheme": "upi"}
        for type_, (_, shape) in VALUES.items()
    ]


def guard_entries(canaries: Canaries) -> dict[str, list[str]]:
    where = "LoadGuardEntriesInput.entries[]"
    return {
        "TOP_SITES": [f"{canaries.text(where)}.example"],
        "ROLE_ADDRESSES": [canaries.address(where), canaries.text(where)],
        "COMMON_WORDS": [canaries.text(where)],
        "SHARED_INFRASTRUCTURE": [canaries.phone(where), canaries.ip(where), f"upi:{canaries.text(where)}"],
    }


def shaped(known: Examples, places: Iterable[Position], canaries: Canaries) -> dict[str, Any]:
    """The examples with canaries in all places that have a shape, and a draft of each type to upload."""
    planted = dict(known)
    for place in places:
        shape = SHAPES.get(place.coordinate)
        if shape is not None:
            planted = place.with_value(planted, shape(canaries, place.coordinate))
    upload = "Mutation.uploadSignals(input:)"
    planted[upload] = {**planted[upload], "signals": [*planted[upload]["signals"], *drafts(canaries)]}
    return planted


def documents(canaries: Canaries) -> Iterator[tuple[str, str | None, dict[str, Any], str]]:
    """A text, the operation's name, variables, and the one canary that is a name of the client's own choice.

    Such a name comes back as a key or a path of the answer, or says which variable is wrong.
    """
    page = "{ pageInfo { hasNextPage } }"

    def new(where: str) -> str:
        return canaries.text(f"a document's {where}")

    alias, variable, field = new("alias"), new("variable"), new("alias of a field")
    yield f"{{ {alias}: viewer {{ clientId }} }}", None, {}, alias
    yield f"{{ viewer {{ {field}: clientId }} }}", None, {}, field
    yield f"{{ {alias}: signals(first: 0) {page} }}", None, {}, alias
    yield f"query (${variable}: ID!) {{ node(id: ${variable}) {{ id }} }}", None, {variable: new("value")}, ""
    number = f"query (${variable}: Int!) {{ signals(first: ${variable}) {page} }}"
    yield number, None, {variable: new("value")}, variable
    yield number, None, {new("variable"): 1}, variable
    name = new("operation name")
    yield f"query {name} {{ viewer {{ clientId }} }}", name, {}, ""
    yield f"query {name} {{ viewer {{ clientId }} }}", new("operation name"), {}, ""
    yield f"query {name} {{ viewer {{ clientId }} }} query {name} {{ viewer {{ scopes }} }}", name, {}, ""
    yield f'mutation {name} {{ reopenCase(input: {{caseId: "{new("text")}"}}) {{ __typename }} }}', None, {}, ""
    for text in (
        f"{{ viewer {{ clientId }} }} # {new('comment')}",
        f"# {new('comment')} {{ viewer",
        f"{{ viewer {{ {new('field')} }} }}",
        f"{{ {new('field')} }}",
        f"{{ viewer {{ clientId @{new('directive')} }} }}",
        f"{{ viewer {{ clientId @skip(if: true, {new('argument')}: 1) }} }}",
        f"{{ viewer {{ ... on {new('type')} {{ id }} }} }}",
        f"{{ viewer {{ ...{new('fragment')} }} }}",
        f"fragment {new('fragment')} on Viewer {{ clientId }} {{ viewer {{ clientId }} }}",
        f"query (${new('variable')}: {new('type')}) {{ viewer {{ clientId }} }}",
        f'{{ node(id: "{new("text")}") {{ id }} }}',
        f'{{ node(id: """{new("text")}""") {{ id }} }}',
        f'{{ signals(first: "{new("text")}") {page} }}',
        f'{{ signals(after: "{new("text")}") {page} }}',
        f"{{ signals(first: {new('enum')}) {page} }}",
        f"{{ signals(orderBy: {new('enum')}) {page} }}",
        f"{{ signals({new('argument')}: 1) {page} }}",
        f"{{ signals(filter: {{{new('field')}: 1}}) {page} }}",
        f"{{ signals(filter: {{types: [{new('enum')}]}}) {page} }}",
        f'{{ signals(filter: {{updatedSince: "{new("text")}"}}) {page} }}',
        f'{{ viewer {{ impact(from: "{new("text")}", to: "{new("text")}") {{ to }} }} }}',
        f'{{ participants(filter: {{slug: "{new("text")}"}}) {page} }}',
        f'{{ _entities(representations: [{{__typename: "{new("text")}", id: "{new("text")}"}}]) {{ __typename }} }}',
        f'{{ __type(name: "{new("text")}") {{ name }} }}',
        f"{{ viewer {{ clientId }} {new('rest')}",
        f'{{ viewer {{ "{new("text")} }} }}',
        f"{new('rest')}",
        f"type {new('type')} {{ a: Int }}",
        f"subscription {new('operation name')} {{ viewer {{ clientId }} }}",
    ):
        yield text, None, {}, ""


def headers(canaries: Canaries) -> Iterator[dict[str, str]]:
    """Headers of which one holds a canary; a token comes with those that leave it out."""
    for name in ("X-Request-Id", "User-Agent", "Referer", "Cookie", "Origin", "Forwarded", "X-Forwarded-For"):
        yield {name: canaries.text(f"the header {name}")}
    for name in ("Accept", "Accept-Language", "Content-Encoding", "Traceparent", "X-Unknown", "Content-Type"):
        yield {name: f"application/{canaries.text(f'the header {name}')}"}
    for scheme in ("Bearer", "Basic", "bearer eyJhbGciOiJub25lIn0.e30.", ""):
        yield {"Authorization": f"{scheme} {canaries.text('the header Authorization')}"}


def forms(canaries: Canaries) -> Iterator[tuple[dict[str, str], tuple[str, str] | None]]:
    """Forms for the OAuth2 endpoints, and what to authenticate with if not as a client."""

    def new(where: str) -> str:
        return canaries.text(f"the parameter {where}")

    grant = {"grant_type": "client_credentials"}
    yield {"grant_type": new("grant_type")}, None
    for name in ("scope", "client_id", "client_secret", "client_assertion", "audience", "resource", "token"):
        yield {**grant, name: new(name)}, None
    yield {**grant, "token": new("token"), "token_type_hint": new("token_type_hint")}, None
    yield {**grant, new("name"): "1"}, None
    yield grant, (new("client"), new("secret"))
    yield {"token": new("token")}, (new("client"), new("secret"))


def signed(canaries: Canaries) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Forms and headers for the token endpoint with JWTs that nobody has the key of, but that can be read."""
    key = new_key(canaries.text("the name of a key"))
    said = {name: canaries.text(f"the claim {name}") for name in ("iss", "sub", "aud", "jti", "htm", "htu", "ath")}
    jwt = encode({"alg": "ES256", "typ": "JWT", "kid": key.kid}, said, key)
    grant = {"grant_type": "client_credentials"}
    yield {**grant, "client_assertion_type": client_assertions.TYPE, "client_assertion": jwt}, {}
    yield grant, {"DPoP": jwt}
    yield grant, {"DPoP": canaries.text("a proof")}
