"""Crowds that try to take the service from others, each in a process of its own.

They go to 127.0.0.1 only, and come from another address of this machine than the duels.
"""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import client_process, protocols
from bench.accounts import Account

SOURCE = "127.0.0.3"
_CHALLENGES = "/api/v1/challenges/challenges/"
_DRIP_SECONDS = 4.0
_RETRY_SECONDS = 0.5
_SMALL_BUFFER_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Plan:
    """What a crowd does for some seconds, on so many connections at a time."""

    port: int
    kind: str  # a key of CROWDS
    connections: int
    begin_at: float  # of time.monotonic
    seconds: float
    people: Sequence[Account] = ()
    opened_per_second: float = 2_000.0


@dataclass(slots=True)
class Result:
    """When the crowd was there, by time.monotonic, and what it was answered, by status."""

    began_at: float = 0.0
    ended_at: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Member:
    """One connection of a crowd, and the number of what it sends now: no other has the same."""

    plan: Plan
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    answers: Counter[str]

    def person(self, further: int = 0) -> Account:
        """Return whose turn it is, or who comes so many places after them."""
        return self.plan.people[(self.number + further) % len(self.plan.people)]


def run(plan: Plan) -> Result:
    client_process.prepare(None)
    time.sleep(max(0.0, plan.begin_at - time.monotonic()))
    return asyncio.run(_run(plan))


async def _run(plan: Plan) -> Result:
    result = Result(began_at=time.monotonic())
    members = [asyncio.ensure_future(_member(plan, n, result)) for n in range(plan.connections)]
    await asyncio.sleep(plan.seconds)
    for member in members:
        member.cancel()
    result.ended_at = time.monotonic()
    for error in await asyncio.gather(*members, return_exceptions=True):
        if isinstance(error, Exception):
            result.answers[repr(error)] += 1
    return result


async def _member(plan: Plan, number: int, result: Result) -> None:
    await asyncio.sleep(number / plan.opened_per_second)
    again = CROWDS[plan.kind]
    sent = 0
    while True:
        writer = None
        try:
            reader, writer = await _connect(plan)
            while True:
                turn = number + plan.connections * sent
                await again(Member(plan, turn, reader, writer, result.answers))
                sent += 1
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            result.answers[type(error).__name__] += 1
        finally:
            if writer is not None:
                writer.transport.abort()
        if plan.kind in ("slow", "sign-ins"):
            return
        await asyncio.sleep(_RETRY_SECONDS)


async def _connect(plan: Plan) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    raw = socket.socket()
    raw.setblocking(False)
    raw.bind((SOURCE, 0))
    if plan.kind == "slow readers":
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
    try:
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", plan.port))
        return await asyncio.open_connection(sock=raw)
    except BaseException:
        raw.close()
        raise


Again = Callable[[Member], Coroutine[Any, Any, None]]


async def _answer(member: Member) -> None:
    """Read one answer, and count its status."""
    head = await member.reader.readuntil(b"\r\n\r\n")
    member.answers[head.split(b" ", 2)[1].decode()] += 1
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await member.reader.readexactly(int(line.partition(b":")[2]))


async def _sign_in(member: Member) -> None:
    content = {"username": f"nobody{member.number}", "password": "a-wrong-password-7"}
    member.writer.write(protocols.request("POST", "/api/v1/auth/login/", "", content))
    await _answer(member)
    raise EOFError  # each sends one


async def _slow(member: Member) -> None:
    """Send a head, or a body, by a byte every few seconds."""
    head = b"POST /api/v1/auth/login/ HTTP/1.1\r\nHost: x\r\n"
    member.writer.write(head + (b"X: " if member.number % 2 else b"Content-Length: 60000\r\n\r\n{"))
    while not member.reader.at_eof():
        await asyncio.sleep(_DRIP_SECONDS)
        member.writer.write(b"x")
    member.answers["cut"] += 1
    raise EOFError


async def _read_slowly(member: Member) -> None:
    """Ask for megabytes of answers, and take none of them."""
    member.writer.transport.pause_reading()  # type: ignore[attr-defined]
    member.writer.write(protocols.request("GET", "/openapi/openapi.json", "") * 60)
    raw = member.writer.get_extra_info("socket")
    while not raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        await asyncio.sleep(0.5)
    member.answers["cut"] += 1
    raise ConnectionResetError


async def _stream(member: Member) -> None:
    cookie = member.person().cookie
    member.writer.write(protocols.request("GET", "/sse/challenges/notifications/", cookie))
    first = await member.reader.readuntil(b"\n\n")
    member.answers["refused by limit" if b'"limit"' in first else "opened"] += 1
    while await member.reader.read(4096):
        pass
    raise EOFError


async def _register(member: Member) -> None:
    content = {"username": f"crowd{member.number}", "password": "correct-horse-7-battery"}
    member.writer.write(protocols.request("POST", "/api/v1/auth/register/", "", content))
    sent_at = time.monotonic()
    await _answer(member)
    # All connections together send a thousand a second, if they are answered as soon.
    await asyncio.sleep(sent_at + member.plan.connections / 1_000 - time.monotonic())


async def _invite_or_search(member: Member) -> None:
    me, other = member.person(), member.person(1)
    content = {"challenge_type": "accuracy_challenge"}
    if member.number // member.plan.connections % 2:
        content["opponent_username"] = other.name
    member.writer.write(protocols.request("POST", _CHALLENGES, me.cookie, content))
    await _answer(member)


CROWDS: dict[str, Again] = {
    "sign-ins": _sign_in,
    "slow": _slow,
    "slow readers": _read_slowly,
    "streams": _stream,
    "registrations": _register,
    "invites and searches": _invite_or_search,
}
