"""All blueprints of the REST interface, for the factory."""

from qader_sse.web.api import auth, challenges, passwords, polling, sessions, tickets, users

BLUEPRINTS = (
    *(auth.bp, sessions.bp, passwords.bp, tickets.bp),
    *(users.bp, challenges.bp, polling.bp),
)
