"""Reading the Authorization header (A-1)."""


def token_of(header: str | None) -> str | None:
    """The token of `Token <token>`; None when the header is missing or says something else.

    The scheme compares without case, the token is taken exactly as it stands.
    """
    scheme, _, value = (header or "").strip().partition(" ")
    value = value.strip()
    return value if scheme.lower() == "token" and value and " " not in value else None


def tail(token: str) -> str:
    """A token as logs and pages may show it: its last four characters."""
    return f"…{token[-4:]}"
