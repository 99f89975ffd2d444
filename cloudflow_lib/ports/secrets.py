"""What we ask of a keyring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Keyring(Protocol):
    """Seal and open secrets; a sealed secret names the key that sealed it."""

    def seal(self, secret: Mapping[str, str], *, bound_to: str) -> bytes:
        """Return an envelope that only opens together with the same *bound_to* (the credential's id)."""
        ...

    def rotate(self, sealed: bytes, *, bound_to: str) -> bytes:
        """Return the envelope sealed by the active key; one that is already comes back as it is."""
        ...

    def open(self, sealed: bytes, *, bound_to: str) -> dict[str, str]:
        """
        Return the secret.

        Raises:
            SecretError: Unknown key, wrong *bound_to*, or the envelope was changed.
        """
        ...
