"""Whom the emulator takes the program on this machine for."""

from __future__ import annotations

from dataclasses import dataclass

SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The service account that the metadata server tells of, and its project."""

    project: str = "emulator"
    email: str = "default@emulator.iam.gserviceaccount.com"
    project_number: int = 123456789012
