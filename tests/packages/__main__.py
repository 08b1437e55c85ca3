"""One package's story: `python -m tests.packages shop`, `cms` or `words`, in a process that has these packages.

Out: exit status 0 where both environments are equal after every act, else what differs.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.packages.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    import_module(f"tests.packages.stories.{sys.argv[1]}").tell()


if __name__ == "__main__":
    main()
