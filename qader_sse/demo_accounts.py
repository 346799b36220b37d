"""The two accounts of a fresh installation, with which one person can play both sides."""

from qader_sse.store.accounts import Profile

DEMO_PASSWORD = "demo-pass-1"  # noqa: S105 # nosec B105  # shown on the page, on purpose
DEMO_ACCOUNTS = (
    Profile("sara", "سارة", grade="الثالث الثانوي"),
    Profile("fahad", "فهد", grade="الثالث الثانوي"),
)
