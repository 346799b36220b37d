"""The WSGI layers around Flask: what is decided about a request before Flask has any work with it."""

from wsgiref.types import WSGIApplication

from qader_sse.service import Service
from qader_sse.web.locale import LocalePrefix
from qader_sse.web.own_host import ForwardedAddress
from qader_sse.web.path_prefix import RemovesPrefix
from qader_sse.web.request_identity import IdentifiesRequests
from qader_sse.web.streaming.open_throttle import OpenThrottle
from qader_sse.web.streaming.password_gate import PasswordGate
from qader_sse.web.streaming.self_test import AnswersSelfTest


def around(app: WSGIApplication, service: Service) -> IdentifiesRequests:
    """Return the app in its layers. The gates come last: they compare a path without prefixes."""
    throttle = OpenThrottle(AnswersSelfTest(app))
    inner = LocalePrefix(PasswordGate(throttle, service.passwords, service.answers))
    outer = RemovesPrefix(ForwardedAddress(inner), service.settings.script_name, service.answers)
    return IdentifiesRequests(outer)
