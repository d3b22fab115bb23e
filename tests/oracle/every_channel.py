"""All channels, in two documents: what is listed, and what is asked for by id."""

from tests.oracle.around_channels import FeedbackAt, LinksAt, Networks
from tests.oracle.channels import Channel
from tests.oracle.channels_by_noun import EntitiesOf, Listed, NodesOf, given, received
from tests.oracle.feed_channels import Changes, ChangesSince
from tests.oracle.impact_channel import Impact
from tests.oracle.nouns import NOUNS
from tests.oracle.signal_channels import AllSignals, FilteredSignals, Matches, OwnContributions, SignalById

ENTITIES = ("Participant", "Signal", "Contribution", "Feedback", "Case")

BY_LIST: tuple[Channel, ...] = (
    AllSignals(),
    FilteredSignals(),
    SignalById(),
    Matches(),
    OwnContributions(),
    Changes(),
    ChangesSince(),
    LinksAt(),
    Networks(),
    FeedbackAt(),
    Listed("Feedback", "feedbackGiven", given),
    Listed("Feedback", "feedbackReceived", received),
    Listed("Case", "cases"),
    Listed("AccessRecord", "accessRecords"),
    Listed("Participant", "participants"),
    Listed("VictimReport", "victimReports"),
    Impact(),
)
BY_ID: tuple[Channel, ...] = (*map(NodesOf, NOUNS), *map(EntitiesOf, ENTITIES))
