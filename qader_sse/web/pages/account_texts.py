"""The texts of the pages at /account/ and /reset/, by the names that their template and script use."""

from qader_sse.domain.i18n import mark

TEXTS = {
    "title": mark("Your account"),
    "play": mark("Back to the duels"),
    "needs_script": mark("This page needs JavaScript."),
    "sign_in_first": mark("Nobody is signed in here:"),
    "to_sign_in": mark("sign in, then come back."),
    "old_password": mark("Present password"),
    "new_password": mark("New password"),
    "hint": mark("At least 8 characters. Several words are easy to remember and hard to guess."),
    "set_password": mark("Set the new password"),
    "sessions": mark("Where you are signed in"),
    "unknown_device": mark("Unknown device"),
    "here": mark("here"),
    "end": mark("Sign out"),
    "end_others": mark("Sign out everywhere else"),
    "no_answer": mark("The service does not answer. Try again in a moment."),
}
