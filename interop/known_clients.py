"""Which clients the table has, and what their users have to write where a library falls short."""

from dataclasses import replace

from interop.clients import Client

_CHROMIUM, _FIREFOX = "chromium", "firefox-esr"
_FETCH = "@microsoft/fetch-event-source"


def _sse(name: str, program: str, runs_in: str, package: str = "") -> Client:
    return Client(name, runs_in, program, package or name, is_websocket=False)


def _websocket(name: str, program: str, runs_in: str, package: str = "") -> Client:
    return Client(name, runs_in, program, package or name, is_websocket=True)


def _weak(client: Client, columns: str, weakness: str, remedy: str) -> tuple[Client, Client]:
    """Return two clients: as the library's README shows it, and with the lines that mend it."""
    weak_in = frozenset(columns.split())
    whole = client.program.replace(".js", "_whole.js")
    return (
        replace(client, weak_in=weak_in, weakness=weakness, remedy=remedy),
        replace(client, name=f"{client.name}, with the lines below", program=whole),
    )


_FETCH_WEAKNESS = (
    "It takes the end of an answer for the end of the stream, and does not come back after a"
    " drain; a refusal and a 204 it asks again for ever; its `onmessage` gets named events too."
)
_FETCH_REMEDY = """\
async onopen(response) {
  if ([204, 401, 403, 404].includes(response.status)) throw new Final(response.status);
},
onmessage({ event, data }) {
  if (!event && data) receive(JSON.parse(data));
},
onclose() {
  throw new Error("come back");
},
onerror(error) {
  if (error instanceof Final) throw error; // class Final extends Error {}
},"""
_FETCH_CLIENTS = _weak(
    _sse(_FETCH, "javascript/fetch_event_source.js", _CHROMIUM),
    "restarts end refused",
    _FETCH_WEAKNESS,
    _FETCH_REMEDY,
)

CLIENTS = (
    _sse("EventSource", "javascript/native_eventsource.js", _CHROMIUM, _CHROMIUM),
    _sse("EventSource", "javascript/native_eventsource.js", _FIREFOX, _FIREFOX),
    _sse("eventsource 1", "javascript/eventsource1.js", "node", "eventsource1"),
    _sse("eventsource 2", "javascript/eventsource2.js", "node", "eventsource2"),
    _sse("eventsource 3", "javascript/eventsource3.js", "node", "eventsource3"),
    _sse("eventsource 4", "javascript/eventsource4.js", "node", "eventsource4"),
    _sse("eventsource 5", "javascript/eventsource5.js", "node", "eventsource5"),
    _sse("extended-eventsource", "javascript/extended_eventsource.js", "node"),
    _sse("extended-eventsource", "javascript/extended_eventsource.js", _CHROMIUM),
    *_weak(
        _sse("event-source-polyfill", "javascript/event_source_polyfill.js", "node"),
        "end",
        "In Node, it takes a 204 for a fault of the network and asks again for ever; browsers need"
        " no line.",
        """\
source.addEventListener("stream", ({ data }) => {
  if (JSON.parse(data).state === "over") source.close();
});""",
    ),
    _sse("event-source-polyfill", "javascript/event_source_polyfill.js", _CHROMIUM),
    _sse("event-source-polyfill", "javascript/event_source_polyfill.js", _FIREFOX),
    *_weak(
        _sse("reconnecting-eventsource", "javascript/reconnecting_eventsource.js", _CHROMIUM),
        "whole cuts restarts end refused",
        "It opens anew whatever the answer was, a 204 and a refusal too, and shows neither: that is"
        " its purpose. With `onmessage` it does not take ids, and begins with a snapshot each time.",
        """\
const answer = await fetch("/api/v1/challenges/challenges/7/");
if (!answer.ok) return; // not signed in, not a participant, no such challenge
const source = new ReconnectingEventSource("/sse/challenges/7/");
source.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
source.addEventListener("stream", ({ data }) => {
  const { state, reason } = JSON.parse(data);
  if (state === "over" || reason === "signed_out") source.close();
});""",
    ),
    *_FETCH_CLIENTS,
    replace(_FETCH_CLIENTS[0], runs_in=_FIREFOX),
    replace(
        _FETCH_CLIENTS[0],
        name=f"{_FETCH}, `JSON.parse(data)`",
        program="javascript/fetch_event_source_json.js",
    ),
    *_weak(
        _sse("eventsource-client", "javascript/eventsource_client.js", "node"),
        "refused",
        "It asks again for ever after a refusal, and does not show the status.",
        """\
const source = createEventSource({
  async fetch(address, init) {
    const response = await fetch(address, init);
    if ([401, 403, 404].includes(response.status)) source.close();
    return response;
  },
  …""",
    ),
    *_weak(
        _sse("sse.js", "javascript/sse_js.js", _CHROMIUM),
        "end refused",
        "With `autoReconnect` it asks again for ever, after a 204 and after a refusal.",
        """\
source.onopen = ({ responseCode }) => {
  if (responseCode === 204) source.close();
};
source.onerror = ({ responseCode }) => {
  if ([401, 403, 404].includes(responseCode)) source.close();
};""",
    ),
    _sse("httpx-sse", "python/httpx_sse_client.py", "python"),
    _sse("requests-sse", "python/requests_sse_client.py", "python"),
    _sse("sseclient-py", "python/sseclient_py_client.py", "python"),
    _sse("curl", "shell/curl.sh", "bash"),
    _sse("HttpClient", "java/EventStream.java", "java", "java"),
    _websocket("WebSocket", "javascript/native_websocket.js", _CHROMIUM, _CHROMIUM),
    _websocket("WebSocket", "javascript/native_websocket.js", _FIREFOX, _FIREFOX),
    _websocket("ws", "javascript/ws.js", "node"),
    _websocket("websocket", "javascript/websocket.js", "node"),
    *_weak(
        _websocket("reconnecting-websocket", "javascript/reconnecting_websocket.js", _CHROMIUM),
        "refused",
        "It opens anew after every close, a refusal (4001, 4003, 4004) too.",
        """\
socket.onclose = ({ code }) => {
  if (code >= 4000) socket.close();
};""",
    ),
    _websocket("websockets", "python/websockets_client.py", "python"),
    _websocket("websocket-client", "python/websocket_client_client.py", "python"),
    _websocket("aiohttp", "python/aiohttp_client.py", "python"),
    _websocket("java.net.http.WebSocket", "java/Socket.java", "java", "java"),
)
