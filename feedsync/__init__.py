"""feedsync keeps registered Django models the same in several environments."""

from feedsync import managers as managers  # for `feedsync.managers.DataSyncEnhancedManager` after `import feedsync`
from feedsync.capture.disabled import capture_disabled
from feedsync.registry import register_model, unregister

__all__ = ["capture_disabled", "register_model", "unregister"]
__version__ = "0.1.0"
