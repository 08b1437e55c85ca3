"""feedsync keeps registered Django models the same in several environments."""

from feedsync.registry import register_model, unregister

__all__ = ["register_model", "unregister"]
__version__ = "0.1.0"
