"""The participants of the data set, their sharing groups and API clients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from random import Random
from uuid import UUID

from app.rules import client_secrets
from app.rules.key_use import of_keyring
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.scopes import ALLOWED
from tests.bench.shape import GROUP_SIZE, GROUPS, PARTICIPANTS, ZIPF
from tests.bench.values import WORDS

_CLASSES = {0: ParticipantClass.OPERATOR, PARTICIPANTS - 1: ParticipantClass.RECEIVE_ONLY}


def random_id(rng: Random) -> UUID:
    """A random UUID (version 4) that depends on the seed alone."""
    return UUID(int=rng.getrandbits(128), version=4)


@dataclass(frozen=True, slots=True)
class Person:
    """A participant with its client."""

    id: UUID
    slug: str
    participant_class: ParticipantClass
    groups: tuple[UUID, ...]
    client_id: UUID
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class People:
    """All participants, the operator first; the others by rank of what they upload."""

    everybody: tuple[Person, ...]
    groups: tuple[UUID, ...]
    shares: tuple[float, ...]

    @property
    def contributors(self) -> tuple[Person, ...]:
        return self.everybody[1:-1]

    def uploader(self, rng: Random) -> Person:
        return rng.choices(self.contributors, cum_weights=self.shares)[0]


def drawn(rng: Random) -> People:
    groups = tuple(random_id(rng) for _ in range(GROUPS))
    members: dict[int, list[UUID]] = {}
    for group in groups:
        for number in rng.sample(range(1, PARTICIPANTS - 1), GROUP_SIZE):
            members.setdefault(number, []).append(group)
    everybody = tuple(
        Person(
            id=random_id(rng),
            slug=f"{WORDS[number % len(WORDS)]}-{number}",
            participant_class=_CLASSES.get(number, ParticipantClass.CONTRIBUTOR_CONSUMER),
            groups=tuple(sorted(members.get(number, ()))),
            client_id=random_id(rng),
            secret=client_secrets.new_secret(),
        )
        for number in range(PARTICIPANTS)
    )
    shares = tuple(accumulate(1 / rank**ZIPF for rank in range(1, PARTICIPANTS - 1)))
    return People(everybody, groups, shares)


def rows(people: People, keyring: Keyring, moment: datetime) -> Mapping[str, list[tuple[object, ...]]]:
    """As `services.bootstrap`, `services.clients` and `services.groups` write them."""
    return {
        "participant": [
            (p.id, moment, p.slug, p.slug.title(), p.participant_class, ParticipantStatus.ACTIVE, 1, False, moment)
            for p in people.everybody
        ],
        "sharing_group": [
            (group, moment, f"group-{number}", f"Group {number}") for number, group in enumerate(people.groups)
        ],
        "group_member": [(group, p.id, moment) for p in people.everybody for group in p.groups],
        "api_client": [
            (
                p.client_id,
                moment,
                p.id,
                f"Client of {p.slug}",
                sorted(ALLOWED[p.participant_class]),
                client_secrets.digest(keyring, p.secret),
                moment,
                None,
            )
            for p in people.everybody
        ],
        "key_check": [(purpose, version, digest) for (purpose, version), digest in sorted(keyring.checks().items())],
        "key_use": [(True, 1, keyring.encryption.newest, [version.code for version in of_keyring(keyring)], None)],
    }
