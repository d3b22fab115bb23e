"""All channels, in groups that are asked together."""

from tests.oracle.around_channels import FeedbackAt, FeedbackHistory, LinksAt, Networks
from tests.oracle.channels import Channel
from tests.oracle.channels_by_noun import EntitiesOf, Listed, NodesOf, given, received
from tests.oracle.feed_channels import Changes, ChangesSince
from tests.oracle.impact_channel import Impact
from tests.oracle.nouns import NOUNS
from tests.oracle.signal_channels import AllSignals, FilteredSignals, Matches, OwnContributions, SignalById

ENTITIES = ("Participant", "Signal", "Contribution", "Feedback", "Case")

# Each group is one document. A viewer asks some of them in each world, and each is asked in every world.
GROUPS: tuple[tuple[Channel, ...], ...] = (
    (AllSignals(), FilteredSignals(), OwnContributions(), Listed("Participant", "participants")),
    (SignalById(), Matches(), LinksAt(), Networks()),
    (Changes(), ChangesSince(), Listed("VictimReport", "victimReports")),
    (
        FeedbackAt(),
        FeedbackHistory(),
        Listed("Feedback", "feedbackGiven", given),
        Listed("Feedback", "feedbackReceived", received),
        Listed("Case", "cases"),
        Listed("AccessRecord", "accessRecords"),
        Listed("TrustedDocument", "trustedDocuments"),
        Impact(),
    ),
    tuple(map(NodesOf, NOUNS)),
    tuple(map(EntitiesOf, ENTITIES)),
)
EVERY_CHANNEL = tuple(channel for group in GROUPS for channel in group)
