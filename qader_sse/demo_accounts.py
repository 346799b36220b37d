"""The two accounts that a fresh installation comes with, to play against oneself."""

from qader_sse.store.accounts import Profile

DEMO_PASSWORD = "demo-pass-1"  # noqa: S105  # shown on the page, on purpose
DEMO_ACCOUNTS = (
    Profile("sara", "سارة", grade="الثالث الثانوي"),
    Profile("fahad", "فهد", grade="الثالث الثانوي"),
)
