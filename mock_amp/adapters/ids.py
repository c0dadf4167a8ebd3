"""Ids that nobody can guess. The one module that draws random numbers."""

import secrets
import uuid


class RandomIds:
    """Implements the Ids port."""

    def token(self) -> str:
        return str(uuid.uuid4())

    def account(self) -> str:
        return f"acc-{secrets.token_hex(8)}"

    def seed(self) -> int:
        return secrets.randbits(32)
