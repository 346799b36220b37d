"""Names the app in a clone, as gunicorn and `flask --app wsgi` look for it."""

from qader_sse.wsgi import app

__all__ = ["app"]
