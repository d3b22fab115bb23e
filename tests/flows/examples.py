"""For every mutation an input that it accepts, and for every argument of a query a value; all that may be given is."""

from typing import Any

from graphql import GraphQLObjectType

from app.graphql.schema import schema
from app.rules.trusted_documents import id_of
from tests.client_keys import key_set, new_key
from tests.flows.full_world import (
    ALDER,
    BIRCH,
    CEDAR,
    LABELS,
    MOMENT,
    OPERATOR,
    SPARE_DOCUMENT,
    FullWorld,
)

DOCUMENT = "query Who { viewer { clientId } }"


def inputs(world: FullWorld) -> dict[str, dict[str, Any]]:
    """In an order in which each succeeds, once, when the operator calls it."""
    ids = world.ids
    return {
        "uploadSignals": {"signals": [draft(world)], "idempotencyKey": "an upload", "validateOnly": False},
        "linkSignals": {
            "links": [{"from": ids["url"], "to": ids["domain"], "relation": "HOSTED_AT", "confidence": 70}],
            "idempotencyKey": "some links",
        },
        "acknowledgeChanges": {"cursor": ids["place in the feed"]},
        "unlinkSignals": {"linkIds": [ids["spare link"]]},
        "updateContribution": {
            "contributionId": ids["other contribution"],
            **LABELS,
            "annotations": ["SPAM"],
            "precision": "HIGH",
            "handling": "RED",
            "reviewStatus": "REVIEWED_MANUALLY",
            "subjectRole": "SUSPECT",
            "contentGrade": None,
            "context": "Other words",
            "audienceGroups": None,
        },
        "retractContribution": {"contributionId": ids["first to retract"], "reason": "ERROR"},
        "retractContributions": {"contributionIds": [ids["second to retract"]], "reason": "DUPLICATE"},
        "renewContributions": {"contributionIds": [ids["spare contribution"]], "expiresAt": "2026-12-31T00:00:00Z"},
        "revealValues": {
            "signalIds": [ids["Signal"]],
            "purpose": "CASE_INVESTIGATION",
            "purposeText": "We work on this together",
            "caseId": ids["Case"],
        },
        "issueMatchKey": {},
        "recordFeedback": {"feedback": [finding(world)], "idempotencyKey": "some findings"},
        "decideVictimReport": {"victimReportId": ids["VictimReport"], "decision": "CONFIRM"},
        "admitParticipant": {"slug": "elm", "name": "Elm", "participantClass": "OBSERVER"},
        "changeParticipantStatus": {"participantId": ids["applicant"], "status": "COMPLIANCE_REVIEW"},
        "setQuarantine": {"participantId": ids[BIRCH], "quarantines": True},
        "createGroup": {"slug": "watch", "name": "Watch"},
        "renameGroup": {"groupId": ids["spare group"], "name": "Spare still"},
        "addGroupMembers": {"groupId": ids["spare group"], "participantIds": [ids[ALDER], ids[BIRCH]]},
        "removeGroupMembers": {"groupId": ids["spare group"], "participantIds": [ids[BIRCH]]},
        "registerClient": {
            "participantId": ids[BIRCH],
            "name": "Reader",
            "scopes": ["signals:read", "feed:read"],
            "requiresDpop": False,
            "confined": True,
            "redirectUris": ["https://reader.birch.example/back"],
        },
        "registerKeyClient": {
            "participantId": ids[BIRCH],
            "name": "Importer",
            "scopes": ["signals:write"],
            "publicKeys": key_set(new_key("a key")),
            "requiresDpop": True,
            "confined": True,
            "redirectUris": ["https://importer.birch.example/back"],
        },
        "rotateClientSecret": {"clientId": ids["ApiClient"]},
        "setClientKeys": {"clientId": ids["ApiClient"], "publicKeys": key_set(new_key("a key"))},
        "setClientRequiresDpop": {"clientId": ids["ApiClient"], "requiresDpop": True},
        "disableClient": {"clientId": ids["client to disable"]},
        "confineClient": {"clientId": ids["client to confine"], "confined": True},
        "registerDocuments": {"documents": [DOCUMENT]},
        "retireDocuments": {"documentIds": [id_of(SPARE_DOCUMENT)]},
        "registerPublicClient": {
            "participantId": ids[BIRCH],
            "name": "Console",
            "scopes": ["signals:read"],
            "redirectUris": ["https://console.birch.example/back"],
            "confined": False,
        },
        "invitePerson": {
            "email": "new@people.example",
            "name": "New Person",
            "roles": ["REVIEWER"],
            "participantId": ids[BIRCH],
        },
        "setPersonRoles": {"personId": ids["Person"], "roles": ["INVESTIGATOR", "REVIEWER"]},
        "disablePerson": {"personId": ids["person to disable"]},
        "resetPersonPassword": {"personId": ids["person to reset"]},
        "loadGuardEntries": {"guardList": "COMMON_WORDS", "entries": ["holiday", "weather"]},
        "unloadGuardEntries": {"guardList": "COMMON_WORDS", "entries": ["weather"]},
        "releaseContributions": {"contributionIds": [ids["Contribution"]]},
        "setContributionsHidden": {"contributionIds": [ids["other contribution"]], "hidden": True},
        "setSignalHidden": {"signalId": ids["domain"], "hidden": True},
        "setParticipantHidden": {"participantId": ids[CEDAR], "hidden": True},
        "openCase": {
            "title": "Another title",
            "summary": "Another summary",
            "signalIds": [ids["Signal"]],
            "memberIds": [ids[ALDER]],
            "idempotencyKey": "a case",
        },
        "inviteToCase": {"caseId": ids["Case"], "participantId": ids[BIRCH]},
        "removeFromCase": {"caseId": ids["Case"], "participantId": ids[CEDAR]},
        "addSignalsToCase": {"caseId": ids["Case"], "signalIds": [ids["url"]]},
        "addCaseNote": {"caseId": ids["Case"], "text": "Another note", "idempotencyKey": "a note"},
        "changeCaseStatus": {"caseId": ids["Case"], "status": "INVESTIGATING"},
        "closeCase": {"caseId": ids["case to close"], "disposition": "ACTIONED"},
        "reopenCase": {"caseId": ids["closed case"]},
    }


def draft(world: FullWorld) -> dict[str, Any]:
    """A row of an upload that says all that can be said, hints for other types included."""
    return {
        "type": "USERNAME",
        "value": "a new name",
        **LABELS,
        "annotations": ["SPAM", "VIRAL"],
        "precision": "LOW",
        "handling": "AMBER_STRICT",
        "reviewStatus": "REVIEWED_MANUALLY",
        "subjectRole": "SUSPECT",
        "contentGrade": None,
        "platform": "chirper",
        "language": "en",
        "region": "GB",
        "scheme": "paypal",
        "observedAt": MOMENT,
        "mediaType": "image/jpeg",
        "quality": 80,
        "context": "Words for reviewers",
        "audienceGroups": None,
        "expiresAt": "2026-12-31T00:00:00Z",
    }


def finding(world: FullWorld) -> dict[str, Any]:
    return {
        "signalId": world.ids["alder's signal"],
        "verdict": "CONFIRMED_VIOLATION",
        "reason": None,
        "reviewStatus": "REVIEWED_MANUALLY",
        "reviewedAt": MOMENT,
        "reviewerRole": "Analyst",
        "policyReference": "Policy 4.2",
        "note": "Two accounts of one person",
        "actions": [{"action": "ACCOUNT_REMOVED", "count": 2}],
    }


def arguments(world: FullWorld, type_name: str = "Signal") -> dict[str, Any]:
    """By coordinate, for queries; `type_name` is of what is asked for by its id."""
    ids, id = world.ids, world.ids.get(type_name, "")
    value = {"type": "USERNAME", "value": "a name", "platform": "chirper", "language": "en", "region": "GB"}
    return {
        "Query.node(id:)": id,
        "Subscription.caseActivity(caseId:)": ids["Case"],
        "Subscription.signalChanged(filter:)": {
            "types": ["EMAIL_ADDRESS"],
            "violations": ["SEXTORTION_FINANCIAL"],
            "severityAtLeast": "LOW",
        },
        "Query.nodes(ids:)": [id],
        "Query._entities(representations:)": [{"__typename": type_name, "id": id}],
        "Query.signal(id:)": ids["Signal"],
        "Query.signals(filter:)": {
            "types": ["EMAIL_ADDRESS"],
            "violations": [],
            "severityAtLeast": None,
            "confidenceAtLeast": None,
            "contributor": ids[OPERATOR],
            "group": None,
            "handling": None,
            "hasFeedback": None,
            "updatedSince": "2026-01-01T00:00:00Z",
        },
        "Query.signals(orderBy:)": "UPDATED_NEWEST_FIRST",
        "Query.matchSignals(values:)": [{**value, "scheme": "paypal"}],
        "Query.myContributions(status:)": "ACTIVE",
        "Query.feedbackGiven(filter:)": {"verdicts": ["NO_MATCH"], "signalType": None, "updatedSince": MOMENT},
        "Query.feedbackReceived(filter:)": {"verdicts": [], "signalType": "URL", "updatedSince": MOMENT},
        "Query.victimReports(state:)": "HIDDEN",
        "Query.participants(filter:)": {
            "status": "ACTIVE",
            "participantClass": "OPERATOR",
            "group": None,
            "slug": None,
        },
        "Query.people(participantId:)": ids[ALDER],
        "Query.clients(participantId:)": ids[ALDER],
        "Query.cases(filter:)": {
            "status": "OPEN",
            "disposition": None,
            "openedBy": ids[OPERATOR],
            "updatedSince": "2026-01-01T00:00:00Z",
            "hasSignal": ids["Signal"],
        },
        "Viewer.impact(from:)": "2026-06-01T00:00:00Z",
        "Viewer.impact(to:)": "2026-07-01T00:00:00Z",
        "Signal.matchTag(epoch:)": 1,
        "Signal.nearMatchTags(epoch:)": 1,
        "Signal.links(relation:)": "SAME_ACTOR",
        "Signal.network(depth:)": 2,
        "Signal.network(limit:)": 100,
    }


def everything(world: FullWorld) -> dict[str, Any]:
    """By coordinate, for each argument of each field, those of pages and mutations included."""
    mutations = {f"Mutation.{name}(input:)": input for name, input in inputs(world).items()}
    return pages() | arguments(world) | mutations


def without_keys(known: dict[str, Any]) -> dict[str, Any]:
    """An idempotency key that came before hides what else is wrong with a call."""
    keyed = {at for at, value in known.items() if isinstance(value, dict) and "idempotencyKey" in value}
    return {at: {**value, "idempotencyKey": None} if at in keyed else value for at, value in known.items()}


def pages() -> dict[str, Any]:
    """What all lists take: the size of a page, and where to begin."""
    examples = {"first": 10, "after": None}
    return {
        f"{type_.name}.{field}({name}:)": examples[name]
        for type_ in schema._schema.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for field, shown in type_.fields.items()
        for name in shown.args
        if name in examples
    }
