"""Lists in pages: the token of the next page is the last name on this one."""

from __future__ import annotations

from emulator.errors import InvalidArgument

_LARGEST_PAGE = 1000


def page(names: list[str], *, size: int, token: str) -> tuple[list[str], str]:
    """The names of one page, and the token of the next or ""."""
    if size < 0:
        raise InvalidArgument("page_size must not be negative.")
    remaining = [name for name in names if name > token]
    shown = remaining[: size or _LARGEST_PAGE]
    return shown, shown[-1] if len(shown) < len(remaining) else ""
