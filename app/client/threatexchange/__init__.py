"""The exchange as a source of signals for `tx` and Hasher-Matcher-Actioner (python-threatexchange 1.2).

`tx config extensions add lantern_exchange.client.threatexchange` makes it known. It needs the extra `threatexchange`,
so nothing else of the client imports it.
"""

from threatexchange.extensions.manifest import ThreatExchangeExtensionManifest

from .api import LanternSignalExchangeAPI

TX_MANIFEST = ThreatExchangeExtensionManifest(apis=(LanternSignalExchangeAPI,))
