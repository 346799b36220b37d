"""The texts of the pages at /docs/ and /docs/events/, by the names that templates and scripts use."""

from qader_sse.domain.i18n import mark

TEXTS = {
    "rest": mark("REST reference"),
    "events": mark("Events reference"),
    "references": mark("References"),
    "play": mark("Back to the lobby"),
    "skip_to_content": mark("Skip to the content"),
    "language": mark("Language"),
    "needs_script": mark("This page needs JavaScript."),
    # REST
    "rest_intro": mark(
        "Every call of the service. Open one and press “Try it out”: your browser sends it to this"
        " service, with your own session. What you change here is really changed."
    ),
    "rest_language": mark("The reference itself is in English."),
    "nobody": mark("Nobody is signed in here. Calls that need a session are answered with 401."),
    "to_sign_in": mark("Sign in"),
    "cookie": mark("Your browser sends the cookie of your session by itself."),
    "stream_cut": mark("A stream does not end. This is what it sent in the first seconds."),
    "operations": mark("Operations"),
    "document_openapi": mark("The OpenAPI document"),
    # Events
    "events_intro": mark(
        "What the service sends by itself: on which channels, and each message with an example that"
        " was recorded in a real duel. Each message is a JSON object with a type and a payload, the"
        " same on every transport."
    ),
    "document_asyncapi": mark("The AsyncAPI document"),
    "channels": mark("Channels"),
    "messages": mark("Messages"),
    "objects": mark("Objects in the messages"),
    "contents": mark("Contents"),
    "parameters": mark("In the address"),
    "receives": mark("A client receives"),
    "sends": mark("A client may send"),
    "on_channels": mark("On the channels"),
    "example": mark("Example"),
    "fields": mark("Fields"),
    "name": mark("Name"),
    "type": mark("Type"),
    "meaning": mark("Meaning"),
    "optional": mark("optional"),
}
