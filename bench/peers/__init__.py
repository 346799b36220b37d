"""Servers that could be used instead of ours, each with its program beside its module."""

from bench.peers.better_sse import BetterSse
from bench.peers.channels import Channels
from bench.peers.epoll import Epoll
from bench.peers.flask_sse import FlaskSse
from bench.peers.nchan import Nchan
from bench.peers.peer import Peer
from bench.peers.pushpin import Pushpin
from bench.peers.starlette import Starlette

PEERS: tuple[type[Peer], ...] = (Nchan, Pushpin, Starlette, BetterSse, Channels, FlaskSse, Epoll)
