"""The texts of the page at `/`. Its template uses them by name; its scripts get all as JSON."""

from qader_sse.domain.i18n import mark, mark_counted, translate, translate_counted
from qader_sse.web.pages.duel_texts import DUEL_TEXTS

TITLE = mark("Qader duels")
CHALLENGES_YOU = mark("%(name)s challenges you")
_TEXTS = {
    # Around everything
    "title": TITLE,
    "tagline": mark("Two players, the same questions, one clock."),
    "skip_to_content": mark("Skip to the content"),
    "language": mark("Language"),
    "inspector": mark("Stream inspector"),
    "your_account": mark("Your account"),
    "for_developers": mark("For developers"),
    "needs_javascript": mark("This page needs JavaScript."),
    "to_lobby": mark("Back to the lobby"),
    "dismiss": mark("Dismiss"),
    "open": mark("Open"),
    # Connection
    "connecting": mark("Connecting…"),
    "live": mark("Live"),
    "reconnecting": mark("Reconnecting…"),
    "connection_ended": mark("Not connected"),
    "polling": mark("Live, by asking again and again"),
    # Account
    "sign_in": mark("Sign in"),
    "register": mark("Create an account"),
    "sign_out": mark("Sign out"),
    "username": mark("Username"),
    "password": mark("Password"),
    "show": mark("Show"),
    "show_the_password": mark("Show the password"),
    "forgotten": mark("Forgotten your password?"),
    "forgotten_help": mark(
        "Whoever runs this service can give you a link by which you set a new one."
    ),
    "username_hint": mark(
        "Letters of one alphabet, digits and . _ - + @, without spaces. Others find you by it."
    ),
    "password_hint": mark(
        "At least 8 characters. Several words are easy to remember and hard to guess."
    ),
    "shown_name": mark("Name that others see"),
    "shown_name_hint": mark("May be left out. Then they see your username."),
    "have_account": mark("I have an account"),
    "demo_title": mark("Have a look round"),
    "demo_play": mark("Play as %(name)s"),
    "demo_hint": mark(
        "Against yourself: open this page in a private window too and be the other one there."
    ),
    "signed_out": mark("You have been signed out."),
    # Lobby
    "new_duel": mark("New duel"),
    "choose_type": mark("What shall it be about?"),
    "hints": mark("hints"),
    "no_hints": mark("no hints"),
    "no_time_limit": mark("no time limit"),
    "choose_opponent": mark("Invite somebody"),
    "search": mark("Play now"),
    "search_hint": mark("Against whoever looks for the same next."),
    "by_username": mark("By username"),
    "invite": mark("Invite"),
    "invite_name": mark("Invite %(name)s"),
    "invite_by_link": mark("Invite with a link"),
    "link_hint": mark("For somebody beside you or far away, even without an account yet."),
    "online_now": mark("Online now"),
    "nobody_online": mark(
        'Nobody else is here right now. "Play now" waits for whoever comes next.'
    ),
    "show_me_online": mark("Show me in this list to others"),
    "blocked_people": mark("Blocked players"),
    "blocked_hint": mark(
        "They cannot invite you or be matched with you, and are not told that you blocked them."
    ),
    "unblock": mark("Unblock"),
    "unblock_name": mark("Unblock %(name)s"),
    "your_duels": mark("Your duels"),
    "no_duels": mark("None yet. Your first one is a press of a button away."),
    "none_found": mark("No duel is like this. Choose something else above."),
    "by_status": mark("Which duels"),
    "all_statuses": mark("All duels"),
    "only_completed": mark("Played"),
    "only_ongoing": mark("Ongoing"),
    "only_accepted": mark("About to begin"),
    "only_pending_invite": mark("Not yet answered"),
    "only_declined": mark("Declined"),
    "only_cancelled": mark("Cancelled"),
    "only_expired": mark("Not begun in time"),
    "by_type": mark("Of which type"),
    "all_types": mark("All types"),
    "all_rivals": mark("All rivals"),
    "only_against": mark("Only duels against %(name)s"),
    "record": mark("Won: %(wins)s · lost: %(losses)s · drawn: %(draws)s"),
    "unanswered": mark("No answer yet"),
    "to_answer": mark("Answer the invite"),
    "previous_page": mark("Newer"),
    "next_page": mark("Older"),
    "page_of": mark("Page %(page)s of %(pages)s"),
    "somebody": mark("anybody"),
    "versus": mark("against %(name)s"),
    "won": mark("Won"),
    "lost": mark("Lost"),
    "draw": mark("Draw"),
    "continue": mark("Continue"),
    # Invites and news
    "invites": mark("Invites to you"),
    "challenges_you": CHALLENGES_YOU,
    "accept": mark("Accept"),
    "decline": mark("Decline"),
    "block": mark("Block"),
    "block_name": mark("Block %(name)s"),
    "has_blocked": mark("You have blocked %(name)s. The lobby lists whom you have blocked."),
    "accepted_by": mark("%(name)s plays against you."),
    "declined_by": mark("%(name)s declined your invite."),
    "cancelled_by": mark("%(name)s called the duel off."),
    # Alerts, and the title of the page
    "alerts": mark("Alerts in this browser"),
    "ask_alerts": mark("An alert at the start? A sound, and in the background a notification."),
    "alerts_yes": mark("Yes, please"),
    "alerts_no": mark("No, thanks"),
    "sound_switch": mark("Sounds and vibration"),
    "notifications_switch": mark("Notifications while this page is in the background"),
    "notifications_blocked": mark(
        "The browser does not allow notifications here. Allow them in its settings for this site,"
        " then try again."
    ),
    "title_duel": mark("Duel with %(name)s"),
    "title_invited": mark("Waiting for %(name)s"),
    "title_finished": mark("Finished"),
    **DUEL_TEXTS,
    # Refusals
    "no_answer": mark("The service does not answer. Try again in a moment."),
    "odd_answer": mark("The service answered unexpectedly (%(status)s). Try again in a moment."),
}

_COUNTED = {
    "questions": mark_counted("%(count)s question", "%(count)s questions"),
    "minutes": mark_counted("%(count)s minute", "%(count)s minutes"),
    "held_invites": mark_counted("%(count)s invite", "%(count)s invites"),
    "seconds_left": mark_counted("%(count)s second left", "%(count)s seconds left"),
    "seekers": mark_counted(
        "%(count)s other is looking for a duel right now",
        "%(count)s others are looking for a duel right now",
    ),
    "stale": mark_counted("No news for %(count)s second", "No news for %(count)s seconds"),
}


def texts(locale: str) -> dict[str, str]:
    return {name: translate(locale, text) for name, text in _TEXTS.items()}


def counted_texts(locale: str) -> dict[str, dict[str, str]]:
    """Return for each name the form of each plural category."""
    return {name: translate_counted(locale, text) for name, text in _COUNTED.items()}
