"""The texts of the inspector page, by the names that its template and script use."""

from qader_sse.domain.i18n import mark

TEXTS = {
    "title": mark("Stream inspector"),
    "intro": mark("What your own streams bring, frame by frame, as it arrives."),
    "play": mark("Back to the lobby"),
    "sign_in_first": mark(
        "Nobody is signed in here. The inspector shows the streams of the person who is signed in:"
    ),
    "to_sign_in": mark("sign in, then come back."),
    "needs_script": mark("The inspector needs JavaScript."),
    "stream": mark("Stream to watch"),
    "notifications": mark("Your notifications"),
    "challenge": mark("%(number)s: %(players)s, %(type)s (%(status)s)"),
    "nobody_yet": mark("nobody yet"),
    "controls": mark("Connection"),
    "cut": mark("Cut the connection"),
    "reconnect": mark("Reconnect now"),
    "stop": mark("Stop watching"),
    "start": mark("Watch again"),
    "pause": mark("Pause the list"),
    "resume": mark("Go on listing"),
    "clear_list": mark("Clear the list"),
    # The state of the connection.
    "connecting": mark("Connecting…"),
    "open": mark("Connected, frames arrive live"),
    "polling": mark("Streaming does not work here: asking again and again"),
    "closing": mark("The server is ending this connection"),
    "closed": mark("Not connected"),
    "error": mark("Connection lost, coming back"),
    "stale": mark("Nothing has come for %(seconds)s s, not even a heartbeat"),
    "lists_failed": mark("Your duels could not be listed. Load the page again."),
    # What is counted.
    "totals": mark("Totals since you chose this stream"),
    "frames": mark("Frames"),
    "bytes": mark("Bytes"),
    "heartbeats": mark("Heartbeats"),
    "gaps": mark("Missing ids"),
    "repeats": mark("Repeated ids"),
    "reconnects": mark("Reconnects"),
    "last_id": mark("Last id"),
    # The list.
    "list": mark("Frames, newest first"),
    "at": mark("Since connecting"),
    "id": mark("Id"),
    "event": mark("Event"),
    "size": mark("Size"),
    "delay": mark("Delay"),
    "delay_note": mark(
        "Delay is this device's clock on arrival minus the server_time in the message, so a wrong clock shows in "
        "it, and a replayed message shows how long ago it happened. Messages without a server_time have none."
    ),
    "show_json": mark("Show the JSON of this frame"),
    "milliseconds": mark("%(number)s ms"),
    "byte_count": mark("%(number)s B"),
    "heartbeat": mark("heartbeat"),
    "lost": mark("Connection ended: %(reason)s"),
    "back": mark("Connected again after %(number)s ms, going on after id %(id)s"),
    "missing": mark("Missing: ids %(first)s to %(last)s never came"),
    "repeated": mark("Repeated: id %(id)s came again"),
    "paused": mark("Paused: %(number)s more have come."),
    "trimmed": mark("Older rows are no longer kept: the list holds the newest %(number)s."),
    "empty": mark("No frame yet."),
}
