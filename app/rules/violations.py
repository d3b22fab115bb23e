"""The violations a contribution may name: what each means, an example, and what it is not for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

# Raised with any change of meaning, so that old labels can be read as they were meant.
VIOLATIONS_VERSION = 1


class Violation(StrEnum):
    CSAM_POSSESSION_DISTRIBUTION = "CSAM_POSSESSION_DISTRIBUTION"
    CSAM_SOLICITATION = "CSAM_SOLICITATION"
    ONLINE_ENTICEMENT_GROOMING = "ONLINE_ENTICEMENT_GROOMING"
    SEXTORTION_FINANCIAL = "SEXTORTION_FINANCIAL"
    SEXTORTION_SEXUAL = "SEXTORTION_SEXUAL"
    SADISTIC_ONLINE_EXPLOITATION = "SADISTIC_ONLINE_EXPLOITATION"
    CHILD_SEX_TRAFFICKING = "CHILD_SEX_TRAFFICKING"
    CHILD_SEX_TOURISM = "CHILD_SEX_TOURISM"
    CONTACT_OFFENCE_RISK = "CONTACT_OFFENCE_RISK"
    UNSOLICITED_MATERIAL_TO_MINOR = "UNSOLICITED_MATERIAL_TO_MINOR"
    MISLEADING_DOMAIN_OR_WORDS = "MISLEADING_DOMAIN_OR_WORDS"
    FINANCIAL_FACILITATION = "FINANCIAL_FACILITATION"


@dataclass(frozen=True, slots=True)
class ViolationText:
    """How a violation is explained to those who label and to those who read labels."""

    meaning: str
    example: str
    do_not: str

    @property
    def description(self) -> str:
        return f"{self.meaning} Example: {self.example} Do not {self.do_not}"


VIOLATION_TEXTS: Mapping[Violation, ViolationText] = MappingProxyType(
    {
        Violation.CSAM_POSSESSION_DISTRIBUTION: ViolationText(
            "Keeping, sharing or offering material that records the sexual abuse of a child.",
            "the hash of a file that reviewers confirmed as abuse material.",
            "use it for lawful adult content or for a link that nobody has reviewed.",
        ),
        Violation.CSAM_SOLICITATION: ViolationText(
            "Asking others for abuse material, or where to find it.",
            "an account that posts requests for such files in several public groups.",
            "use it for a request that is addressed to a child; that is enticement.",
        ),
        Violation.ONLINE_ENTICEMENT_GROOMING: ViolationText(
            "Building a relationship with a child online in order to abuse the child.",
            "an adult's account that moved many conversations with children to another platform.",
            "share any of the conversation, or anything that identifies the child.",
        ),
        Violation.SEXTORTION_FINANCIAL: ViolationText(
            "Threatening to publish intimate images of a young person unless money is paid.",
            "a payment handle that several reports name as the place to pay.",
            "use it for fraud without intimate images, or for a victim's own account.",
        ),
        Violation.SEXTORTION_SEXUAL: ViolationText(
            "Threatening a young person in order to obtain further intimate images or acts.",
            "a username that reports from two platforms connect with the same threats.",
            "use it where the demand is for money; that has a label of its own.",
        ),
        Violation.SADISTIC_ONLINE_EXPLOITATION: ViolationText(
            "Coercing children into harming themselves or others, often in organised groups.",
            "the invitation link of a group whose rules demand proof of such harm.",
            "use it for violent content in general, or for a child who was coerced.",
        ),
        Violation.CHILD_SEX_TRAFFICKING: ViolationText(
            "Recruiting, offering or moving a child for commercial sexual exploitation.",
            "a telephone number that stands in several advertisements under review.",
            "use it for advertisements of adults without a sign that a child is offered.",
        ),
        Violation.CHILD_SEX_TOURISM: ViolationText(
            "Travelling, or arranging travel, in order to abuse children elsewhere.",
            "an address that sells such arrangements in a closed forum.",
            "use it for travel to a child nearby; that is a contact offence risk.",
        ),
        Violation.CONTACT_OFFENCE_RISK: ViolationText(
            "Signs that somebody has met, or is about to meet, a child in order to abuse the child.",
            "an account that agreed a place and a time; severity is usually IMMINENT_HARM.",
            "wait for the exchange when a child is in danger now: call the authorities first.",
        ),
        Violation.UNSOLICITED_MATERIAL_TO_MINOR: ViolationText(
            "Sending sexual material to a child who did not ask for it.",
            "an account that sent the same file to many young users.",
            "use it for material exchanged between peers of similar age.",
        ),
        Violation.MISLEADING_DOMAIN_OR_WORDS: ViolationText(
            "Names or words chosen to lead people, children above all, to harmful content unawares.",
            "a domain that imitates a game's name and forwards to abuse material.",
            "use it for spam or malware that has nothing to do with children.",
        ),
        Violation.FINANCIAL_FACILITATION: ViolationText(
            "Moving or collecting money that pays for the abuse of children.",
            "a wallet that reviewers traced to the sale of abuse material.",
            "use it for a payment service as a whole, or for a victim who was made to pay.",
        ),
    }
)
