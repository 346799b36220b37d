"""An event, and the frames that viewers get of it."""

from dataclasses import dataclass

from qader_sse.domain.events import Event, is_last
from qader_sse.domain.presenters import Viewer, message, perspective
from qader_sse.realtime.protocol.frames import Frame, encode


@dataclass(slots=True)
class RenderedEvent:
    """Renders an event once for each distinct view of it, and not for each viewer."""

    event: Event
    for_all: Frame | None = None  # what every viewer sees, once one was asked for who sees no other
    _frames: dict[object, Frame] | None = None

    def frame(self, viewer: Viewer) -> Frame:
        if self.for_all is not None:
            return self.for_all
        key = perspective(self.event, viewer)
        if key is None:
            self.for_all = self._frame(viewer)
            return self.for_all
        if self._frames is None:
            self._frames = {}
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = self._frame(viewer)
        return frame

    def _frame(self, viewer: Viewer) -> Frame:
        event = self.event
        data = encode(message(event, viewer))
        return Frame(event.seq, event.type, data, is_last(event), event.committed_at, event.trace)
