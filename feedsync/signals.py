"""What feedsync tells the rest of a project.

`marks_committed(using)`: changes of this database are waiting to be relayed. `changes_applied`: sent after the
transaction that wrote received changes. Receivers can't break the commit that they hear of.
"""

from __future__ import annotations

from django.dispatch import Signal

marks_committed = Signal()
changes_applied = Signal()
