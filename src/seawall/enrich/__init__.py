"""What an event's own record does not say: the network of an address, where it is, the client's family, the cost.

Pure functions and tables that are read once. `seawall.enrich.columns` fills whole batches; it needs pyarrow, so it is
imported by its own name.
"""

from seawall.enrich.clients import client
from seawall.enrich.geo import Geo, Place
from seawall.enrich.network import network
from seawall.enrich.prices import Price, Prices

__all__ = ["Geo", "Place", "Price", "Prices", "client", "network"]
