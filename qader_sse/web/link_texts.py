"""The sentences of refusals that concern a link by which somebody invites."""

from collections.abc import Mapping

from qader_sse.domain import violations as rule
from qader_sse.domain.i18n import mark

# Each with its status.
LINK_TEXTS: Mapping[type[rule.RuleViolation], tuple[int, str]] = {
    rule.LinkNotValid: (
        404,
        mark("This invite is not valid any more. Ask for a new link, or begin a duel yourself."),
    ),
    rule.LinkUsed: (
        400,
        mark("Somebody has accepted this invite already. Ask for a new link."),
    ),
    rule.LinkOfOneself: (
        400,
        mark("This is your own link. Send it to whom you want to play against."),
    ),
}
