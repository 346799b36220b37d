"""Events as viewers get them: what all see alike is one frame, of others there may be several."""

from qader_sse.domain.events import Event, is_last
from qader_sse.domain.presenters import UNCHANGED, Viewer, message, perspective
from qader_sse.domain.unread_facts import UnreadFact
from qader_sse.realtime.protocol.frames import Frame, encode

# How the messages begin that have a fact as it is.
_BEGINNINGS = {kind: b'{"type":%b,"payload":' % encode(kind) for kind in UNCHANGED}


def render(event: Event, viewer: Viewer) -> Frame:
    """Return what this viewer gets of an event. Raises UnknownEvent."""
    fact = event.fact
    if type(fact) is UnreadFact:  # isinstance asks the abstract class, by two calls more
        # None of these ends its topic.
        data, last = b"%b%b}" % (_BEGINNINGS[event.type], fact.json), False
    else:
        # Copied, because frames are kept: what orjson returns keeps the memory that it was written in,
        # some KiB for the shortest message.
        data, last = bytes(memoryview(encode(message(event, viewer)))), is_last(event)
    return Frame(event.seq, event.type, data, last, event.committed_at, event.trace)


class RenderedEvent:
    """Renders an event once for each distinct view of it, and not for each viewer."""

    __slots__ = ("_frames", "event", "seq")

    def __init__(self, event: Event) -> None:
        self.event, self.seq = event, event.seq
        self._frames: dict[object, Frame] | None = None

    def seen_by(self, viewer: Viewer) -> Frame:
        """Return what this viewer gets. Raises UnknownEvent."""
        key = perspective(self.event, viewer)
        if self._frames is None:
            self._frames = {}
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = render(self.event, viewer)
        return frame
