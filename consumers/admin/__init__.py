"""The subscribing side in the admin: data sources, pulls, and changes that wait for something or somebody."""

from consumers.admin import changes, pulls, sources

__all__ = ["changes", "pulls", "sources"]
