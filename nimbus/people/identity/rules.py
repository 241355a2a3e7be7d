"""Pure decisions about users: names, addresses and passwords."""

from __future__ import annotations

import re
import unicodedata

from nimbus.kernel.errors import ValidationError, all_valid, invalid
from nimbus.kernel.ids import is_id

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_BYTES = 1024
MAX_USERNAME = 64
RESERVED = frozenset({"me", "anonymous", "system", "others", "unknown"})
# ASCII only, so that no two names look alike.
USERNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
# RFC 5321 section 4.1.2 (Dot-string) without quoting: what mail systems really take, and nothing that could end a
# header line.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+{_LABEL}")
MAX_EMAIL, MAX_LOCAL = 254, 64
# The first of every list of leaked passwords that are long enough to pass the length rule.
_WORST = frozenset(
    """
    password1234 password12345 password123456 password123! passwordpassword password1password mypassword123
    passw0rd1234 p@ssw0rd1234 p@ssword1234 pa$$word1234 changeme1234 changemenow1 changeme12345 letmein12345
    letmeinletmein letmein123456 welcome12345 welcome123456 welcome1welcome qwertyuiopas qwertyuiop12
    qwertyuiop123 qwerty123456 qwerty1234567 qwertyqwerty qwerty12345678 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv
    zaq12wsxcde3 q1w2e3r4t5y6 asdfghjkl123 asdfghjkl;'# zxcvbnm12345 administrator administrator1 admin1234567
    admin12345678 adminadmin12 adminadminadmin root12345678 superuser123 test12345678 testtesttest iloveyou1234
    iloveyou12345 sunshine1234 princess1234 football1234 baseball1234 superman1234 trustno1trustno1 dragon123456
    monkey123456 correcthorsebatterystaple abcdefghijkl abcdefghijklm abcd12345678 abc123456789 a1b2c3d4e5f6
    nimbus123456 nimbus1234567 nimbusnimbus nimbuscloud1 nimbuspassword defaultpassword temporary123 temppassword
    secret123456 supersecret1 supersecret123 whatever1234 computer1234 internet1234 summer2024!! winter2024!!
    """.split()  # noqa: SIM905
)
_SEQUENCES = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def check_username(name: str) -> str:
    """The name in lower case. Raises ValidationError."""
    lowered = name.lower()
    if not USERNAME.fullmatch(name) or is_id(lowered) or lowered in RESERVED:
        raise invalid(
            "username",
            f"{name[:80]!r} must be 1 to {MAX_USERNAME} letters, digits and inner . _ -, not reserved and no id",
        )
    return lowered


def known_as(reference: str) -> str:
    """How a name would be stored that somebody typed; "" when it is none."""
    return reference.lower() if reference.isascii() and len(reference) <= MAX_USERNAME else ""


def check_email(email: str) -> str:
    """The address in lower case; "" is none. Raises ValidationError."""
    if not email:
        return ""
    if len(email) > MAX_EMAIL or email.find("@") > MAX_LOCAL or not EMAIL.fullmatch(email):
        raise invalid("email", "must be an address like name@example.org")
    return email.lower()


def normalized(password: str) -> str:
    """NFKC (Unicode TR15), as NIST SP 800-63B section 5.1.1.2 advises: the same keys on another keyboard."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, username: str, *, min_length: int = MIN_PASSWORD_LENGTH) -> None:
    """Length, and not one of the worst; no other rules (NIST SP 800-63B section 5.1.1.2). Raises ValidationError,
    which never quotes it."""
    text = normalized(password)
    if len(text) < min_length:
        raise _weak(f"must have at least {min_length} characters")
    if len(text.encode("utf-8", "replace")) > MAX_PASSWORD_BYTES:
        raise _weak(f"must have at most {MAX_PASSWORD_BYTES} bytes")
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _weak("must be text")
    folded = text.casefold()
    if folded.strip("0123456789!.?*#@_- ") in (username, username * 2) or folded == username:
        raise _weak("must not be the user name")
    if folded in _WORST or is_trivial(folded):
        raise _weak("is one of those that are tried first")


def check_account(username: str, email: str, password: str, *, min_length: int) -> None:
    """What a person fills in of a new account, "" for no address and no password. Raises ValidationError, which
    names every field that is wrong."""

    def check_its_password() -> None:
        if password:
            check_password(password, username.lower(), min_length=min_length)

    all_valid(lambda: check_username(username), lambda: check_email(email), check_its_password)


def is_trivial(folded: str) -> bool:
    """Few letters again and again, or a row of the keyboard or the alphabet."""
    for size in range(1, 5):
        if folded == (folded[:size] * len(folded))[: len(folded)]:
            return True
    return any(folded in line or folded in line[::-1] for line in _SEQUENCES)


def _weak(message: str) -> ValidationError:
    return invalid("password", message, next_step="Choose another; a sentence is easy to remember.")
