"""Two duels and the notifications of one viewer, to be followed on one connection."""

from collections.abc import Mapping

from qader_client.sse import ServerSentEvent

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.service import Service
from tests.support.duel import play_to_the_end
from tests.support.streams import first_frames, stored_frames, wait_until
from tests.support.transports import Viewing

People = dict[str, int]
Duels = tuple[Challenge, Challenge]


def opened(
    service: Service,
    viewer: Viewer,
    duels: Duels,
    cursors_by_topic: Mapping[str, int] | None = None,
) -> dict[str, TopicStart]:
    """Open both duels and the notifications at these cursors; without any, at the beginning.

    A topic that is missing from the cursors begins with a snapshot.
    """
    if cursors_by_topic is None:
        cursors_by_topic = {f"challenges/{duel.id}": 0 for duel in duels} | {"notifications": 0}
    starts = {
        f"challenges/{duel.id}": service.opener.challenge(
            duel.id, viewer, cursors_by_topic.get(f"challenges/{duel.id}")
        )
        for duel in duels
    }
    found = service.opener.notifications(viewer, cursors_by_topic.get("notifications"))
    return starts | {"notifications": found}


def stored(service: Service, viewer: Viewer, duels: Duels) -> dict[str, list[bytes]]:
    """Return the data of all frames of each topic, as a stream of this topic alone sends them."""
    found = {f"challenges/{d.id}": stored_frames(service, d.id, viewer) for d in duels}
    by_name = {name: [frame.data for frame in frames] for name, frames in found.items()}
    notified = first_frames(service.opener.notifications(viewer, 0), viewer)
    return by_name | {"notifications": [frame.data for frame in notified]}


def by_topic(events: list[ServerSentEvent]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for event in events:
        found.setdefault(event.event, []).append(event.data.encode())
    return found


def all_of(seen: Viewing, service: Service, viewer: Viewer, duels: Duels) -> dict[str, list[bytes]]:
    """Wait until as much came as single streams bring; return what those bring."""
    whole = stored(service, viewer, duels)
    wait_until(lambda: len(seen.events) >= sum(map(len, whole.values())))
    return whole


def happen(service: Service, duels: Duels, people: People) -> None:
    """Play both duels to their ends, and invite noura after each."""
    for duel, kind in zip(duels, ("quick_quant_10", "medium_verbal_15"), strict=True):
        play_to_the_end(service, duel)
        service.challenges.invite(people["khalid"], kind, "noura", service.clock())
