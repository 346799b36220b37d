"""All blueprints of the REST interface, for the factory."""

from qader_sse.web.api import (
    auth,
    challenges,
    invite_links,
    passwords,
    polling,
    sessions,
    tickets,
    tokens,
    users,
)

BLUEPRINTS = (
    *(auth.bp, sessions.bp, passwords.bp, tickets.bp, tokens.bp),
    *(users.bp, challenges.bp, invite_links.bp, polling.bp),
)
