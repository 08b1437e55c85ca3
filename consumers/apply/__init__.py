"""Apply: changes in, rows out. Feed and pull both end here."""

from consumers.apply.batch import apply
from consumers.apply.outcome import Mode, Outcome

__all__ = ["Mode", "Outcome", "apply"]
