"""The subscribing side in the admin: data sources, pulls, and changes that wait for something or somebody."""

from consumers.admin import changes, conflicts, pulls, sources

__all__ = ["changes", "conflicts", "pulls", "sources"]
