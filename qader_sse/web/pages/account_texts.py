"""The texts of the pages at /account/ and /reset/, by the names that their template and scripts use."""

from qader_sse.domain.i18n import mark

TEXTS = {
    "title": mark("Your account"),
    "play": mark("Back to the lobby"),
    "needs_script": mark("This page needs JavaScript."),
    "sign_in_first": mark("Nobody is signed in here:"),
    "to_sign_in": mark("sign in, then come back."),
    # Names
    "names": mark("What you are called"),
    "shown_name": mark("Name that others see"),
    "shown_name_hint": mark(
        "May be left out. Then they see your full name where it is shown, and else your username."
    ),
    "full_name": mark("Full name"),
    "grade": mark("Grade"),
    "agreed_hint": mark("Shown only to those with whom you have agreed to play."),
    "save": mark("Save"),
    "saved": mark("Saved."),
    # This browser
    "this_browser": mark("In this browser"),
    "language": mark("Language"),
    "theme": mark("Colours"),
    "system": mark("As the device has them"),
    "light": mark("Light"),
    "dark": mark("Dark"),
    "sound_switch": mark("Sounds and vibration"),
    "notifications_switch": mark("Notifications while this page is in the background"),
    "notifications_blocked": mark(
        "The browser does not allow notifications here. Allow them in its settings for this site,"
        " then try again."
    ),
    # Password
    "password": mark("Password"),
    "old_password": mark("Present password"),
    "new_password": mark("New password"),
    "hint": mark("At least 8 characters. Several words are easy to remember and hard to guess."),
    "show": mark("Show"),
    "show_the_password": mark("Show the password"),
    "set_password": mark("Set the new password"),
    # Sessions
    "sessions": mark("Where you are signed in"),
    "unknown_device": mark("Unknown device"),
    "here": mark("here"),
    "end": mark("Sign out"),
    "end_others": mark("Sign out everywhere else"),
    "end_all": mark("Sign out everywhere"),
    # Refusals
    "no_answer": mark("The service does not answer. Try again in a moment."),
    "odd_answer": mark("The service answered unexpectedly (%(status)s). Try again in a moment."),
}
