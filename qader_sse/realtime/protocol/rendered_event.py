"""An event, and the frames that viewers get of it."""

from dataclasses import dataclass

from qader_sse.domain.events import Event, is_last
from qader_sse.domain.presenters import Viewer, message, perspective
from qader_sse.realtime.protocol.frames import Frame, encode


@dataclass(slots=True)
class RenderedEvent:
    """Renders an event once for each distinct view of it, and not for each viewer."""

    event: Event
    _shared: Frame | None = None  # set if the view is the same for all
    _frames: dict[object, Frame] | None = None

    def frame(self, viewer: Viewer) -> Frame:
        if self._shared is not None:
            return self._shared
        key = perspective(self.event, viewer)
        if self._frames is None:
            self._frames = {}
        frame = self._frames.get(key)
        if frame is None:
            data = encode(message(self.event, viewer))
            event = self.event
            frame = self._frames[key] = Frame(
                event.seq, event.type, data, is_last(event), event.committed_at, event.trace
            )
        if key is None:
            self._shared = frame
        return frame
