"""The rules of the random sequences by which people act on one challenge, once or twice."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.support.late_requests import LateRequests

PEOPLE = ("khalid", "noura", "stranger")
ANY_USER = st.sampled_from(PEOPLE)
TIMES = st.integers(1, 2)


class ParticipantRules(LateRequests):
    """Noura, who has created the challenge, khalid, and a stranger, who is refused."""

    @rule(name=ANY_USER, times=TIMES)
    def accept(self, name: str, times: int) -> None:
        accept = self.service.challenges.accept
        self.do(lambda at: accept(self.challenge_id, self.ids[name], at), times)

    @rule()
    def begin(self) -> None:
        """Accept and get ready, as two participants who want to play do."""
        self.accept("khalid", 1)
        self.ready("noura", 1)
        self.ready("khalid", 1)

    @rule(name=st.sampled_from(["khalid", "khalid", "noura", "stranger"]), times=TIMES)
    def decline(self, name: str, times: int) -> None:
        decline = self.service.challenges.decline
        self.do(lambda at: decline(self.challenge_id, self.ids[name], at), times)

    @rule(name=st.sampled_from(["noura", "noura", "khalid", "stranger"]), times=TIMES)
    def cancel(self, name: str, times: int) -> None:
        cancel = self.service.challenges.cancel
        self.do(lambda at: cancel(self.challenge_id, self.ids[name], at), times)

    @rule(name=st.sampled_from([*PEOPLE, "noura", "khalid"]), times=TIMES)
    def leave(self, name: str, times: int) -> None:
        leave = self.service.challenges.leave
        self.do(lambda at: leave(self.challenge_id, self.ids[name], at), times)

    @rule(name=st.sampled_from(["noura", "khalid"]), has_begun=st.booleans())
    def agree_and_leave(self, name: str, has_begun: bool) -> None:
        if has_begun:
            self.begin()
        else:
            self.accept("khalid", 1)
        self.leave(name, 2)

    @rule(name=ANY_USER, times=TIMES)
    def ready(self, name: str, times: int) -> None:
        ready = self.service.challenges.ready
        for _ in range(times):  # the second time may be too late
            self.do(lambda at: ready(self.challenge_id, self.ids[name], at))
