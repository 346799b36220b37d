"""An event, and the frames that viewers get of it."""

from dataclasses import dataclass

from orjson import Fragment

from qader_sse.domain.events import Event, is_last
from qader_sse.domain.presenters import Viewer, message, perspective
from qader_sse.domain.unread_facts import UnreadFact
from qader_sse.realtime.protocol.frames import Frame, encode


def render(event: Event, viewer: Viewer) -> Frame:
    """Return what this viewer gets of an event. Raises UnknownEvent."""
    fact = event.fact
    if type(fact) is UnreadFact:  # isinstance asks the abstract class, by two calls more
        # None of these ends its topic.
        content, last = {"type": event.type, "payload": Fragment(fact.json)}, False
    else:
        content, last = message(event, viewer), is_last(event)
    data = encode(content)
    return Frame(event.seq, event.type, data, last, event.committed_at, event.trace)


@dataclass(slots=True)
class RenderedEvent:
    """Renders an event once for each distinct view of it, and not for each viewer."""

    event: Event
    for_all: Frame | None = None  # what every viewer sees, once one was asked for who sees no other
    _frames: dict[object, Frame] | None = None

    def frame(self, viewer: Viewer) -> Frame:
        """Return what this viewer gets. Raises UnknownEvent."""
        if self.for_all is not None:
            return self.for_all
        key = None if type(self.event.fact) is UnreadFact else perspective(self.event, viewer)
        if key is None:
            self.for_all = render(self.event, viewer)
            return self.for_all
        if self._frames is None:
            self._frames = {}
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = render(self.event, viewer)
        return frame
