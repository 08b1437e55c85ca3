"""Google Cloud for a laptop: Pub/Sub, Cloud Tasks and identity tokens, for any official client.

`python -m emulator` serves it; `with Emulator() as cloud:` runs it inside a test, which can then ask what was
delivered, inject faults, move the clock and stage an outage.
"""

from __future__ import annotations

from emulator.running import Emulator

__all__ = ["Emulator"]
