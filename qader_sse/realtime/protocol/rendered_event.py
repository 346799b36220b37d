"""An event, and the frames that viewers get of it."""

from dataclasses import dataclass
from typing import Any

from orjson import Fragment

from qader_sse.domain.events import Event, is_last
from qader_sse.domain.presenters import Viewer, message, perspective
from qader_sse.domain.unread_facts import UnreadFact
from qader_sse.realtime.protocol.frames import Frame, encode


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
        fact = self.event.fact
        if type(fact) is UnreadFact:  # isinstance asks the abstract class, by two calls more
            self.for_all = self._frame({"type": self.event.type, "payload": Fragment(fact.json)})
            return self.for_all
        key = perspective(self.event, viewer)
        if key is None:
            self.for_all = self._frame(message(self.event, viewer))
            return self.for_all
        if self._frames is None:
            self._frames = {}
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = self._frame(message(self.event, viewer))
        return frame

    def _frame(self, content: dict[str, Any]) -> Frame:
        event, data = self.event, encode(content)
        return Frame(event.seq, event.type, data, is_last(event), event.committed_at, event.trace)
