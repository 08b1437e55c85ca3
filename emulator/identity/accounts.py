"""Whom the emulator takes the program on this machine for."""

from __future__ import annotations

from dataclasses import dataclass

PROJECT = "emulator"  # unless another is given
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The service account that the metadata server tells of, and its project."""

    project: str = PROJECT
    project_number: int = 123456789012

    @property
    def email(self) -> str:
        """The account's address."""
        return f"default@{self.project}.iam.gserviceaccount.com"
