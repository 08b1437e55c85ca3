"""Now, by the database's clock, as the databases store moments: in UTC.

Django's own `Now` is the session's local time on MariaDB, which nobody would notice where the server runs in UTC.
"""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now


class UtcNow(Now):
    def as_mysql(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)", **extra_context)
