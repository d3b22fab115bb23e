"""What the data set looks like: how many of what, as issue and architecture state it; every number stands here."""

from app.rules.signal_types import SignalType
from app.rules.verdicts import Verdict

SEED = 20_260_701

# Share of the signals, in percent.
TYPES = {
    SignalType.ACCOUNT_ID: 22,
    SignalType.USERNAME: 18,
    SignalType.URL: 14,
    SignalType.EMAIL_ADDRESS: 12,
    SignalType.HASH_PDQ: 8,
    SignalType.HASH_MD5: 6,
    SignalType.PHONE_NUMBER: 5,
    SignalType.IP_ADDRESS: 4,
    SignalType.DOMAIN: 3,
    SignalType.HASH_SHA256: 3,
    SignalType.HASH_SHA1: 2,
    SignalType.PAYMENT_HANDLE: 2,
    SignalType.KEYWORD: 1,
}

# How many contribute to one signal, in percent; beyond four it gets rarer still.
CONTRIBUTORS = {1: 88.0, 2: 9.0, 3: 2.3, 4: 0.4, 5: 0.2, 6: 0.1}

# Links at a signal: the logarithm is normal with median 1, and with this deviation its 99th percentile is 25.
LINK_DEVIATION = 1.384
MAX_LINKS = 5_000
# Signals that very many others are linked to, each by its links; capped for small exchanges.
HUBS = (5_000, 2_000, 1_000, 500, 500)

PARTICIPANTS = 30
# Upload share by rank.
ZIPF = 1.2
GROUPS = 4
GROUP_SIZE = 6
# Share of contributions that are for sharing groups only, where the contributor is in one.
FOR_GROUPS = 0.15
# Share of further contributions that were taken back again; the first ones stay, or their signals would be gone.
RETRACTED = 0.1
WITH_CONTEXT = 0.15

WITH_FEEDBACK = 0.10
# How many give feedback on such a signal, in percent.
AUTHORS = {1: 80, 2: 15, 3: 5}
VERDICTS = {
    Verdict.NO_MATCH: 45,
    Verdict.INGESTED: 10,
    Verdict.ALREADY_KNOWN: 6,
    Verdict.MATCHED: 8,
    Verdict.CONFIRMED_VIOLATION: 22,
    Verdict.NOT_VIOLATING_HERE: 3,
    Verdict.FALSE_POSITIVE: 6,
}

# One case for so many signals.
SIGNALS_OF_A_CASE = 2_000
MIN_CASES, MAX_CASES = 20, 500

# Days over which the uploads are spread. IP addresses live for 30, so what is kept must be made anew before.
DAYS = 18
KEPT_DAYS = 9

# Signals that are made at once, and rows of one upload at the most.
BLOCK = 5_000
BATCH = 1_000
