"""What the machine gives: its randomness."""

import secrets


class SystemEntropy:
    """The operating system's randomness."""

    def draw(self, size_bytes: int) -> bytes:
        """Give fresh random bytes."""
        return secrets.token_bytes(size_bytes)
