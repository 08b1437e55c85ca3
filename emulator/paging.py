"""Lists in pages: the token of the next page holds the last name on this one, so that it survives changes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from emulator.errors import InvalidArgument

_LARGEST_PAGE = 1000


def page(names: Iterable[str], *, size: int, token: str) -> tuple[list[str], str]:
    """The names of one page, and the token of the next or ""; the names come sorted."""
    if size < 0:
        raise InvalidArgument(f"page_size must not be negative, as {size} is.")
    after = _name(token)
    remaining = [name for name in names if name > after]
    shown = remaining[: min(size or _LARGEST_PAGE, _LARGEST_PAGE)]
    return shown, _token(shown[-1]) if len(shown) < len(remaining) else ""


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _name(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidArgument(f"The page token {token!r} is not one of this list.") from None
