"""The peers, each in a file of its own, in the order in which they are shown."""

from tests.benchmarks.peers.base import Peer
from tests.benchmarks.peers.fastapi_loop import FASTAPI
from tests.benchmarks.peers.floor import FLOOR
from tests.benchmarks.peers.mosquitto import MOSQUITTO
from tests.benchmarks.peers.nats import NATS
from tests.benchmarks.peers.node_ws import NODE_WS
from tests.benchmarks.peers.ours import OURS
from tests.benchmarks.peers.websockets_broadcast import WEBSOCKETS

PEERS: tuple[Peer, ...] = (OURS, FLOOR, NATS, NODE_WS, MOSQUITTO, WEBSOCKETS, FASTAPI)
__all__ = [
    "FASTAPI",
    "FLOOR",
    "MOSQUITTO",
    "NATS",
    "NODE_WS",
    "OURS",
    "PEERS",
    "WEBSOCKETS",
    "Peer",
]
