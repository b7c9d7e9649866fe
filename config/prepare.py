"""Bring the database to this version and make the first administrator; prints one JSON line.

Run by the launcher as a process of its own, so that the launcher stays small.
"""

import json
import os
import secrets
import sys
from typing import Any

ADMINISTRATOR = "admin"
# No 0/O, 1/l/I: it is read off a terminal.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def generate_password() -> str:
    """Four groups of four: 80 bits, and it can be read aloud."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def make_administrator() -> dict[str, str] | None:
    """Make the administrator where nobody can sign in yet; name and password, once."""
    from django.contrib.auth import get_user_model
    from django.db import transaction

    user_model = get_user_model()
    with transaction.atomic():
        if user_model.objects.exists():
            return None
        password = os.environ.get("SEGLOOP_ADMIN_PASSWORD") or generate_password()
        user_model.objects.create_superuser(ADMINISTRATOR, password=password)
    return {"username": ADMINISTRATOR, "password": password}


class TooOldError(Exception):
    """The database stands at a migration that this version does not know; the message says so."""


def refuse_too_old() -> None:
    """Raise TooOldError for a database between the migrations that were squashed into one."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    applied = set(MigrationRecorder(connection).applied_migrations())
    for migration in MigrationLoader(None).disk_migrations.values():
        missing = set(migration.replaces) - applied
        if missing and len(missing) < len(migration.replaces):
            raise TooOldError(
                "This data folder was made by a version of Segloop before the first release, from "
                f"which this one cannot go on: {'.'.join(min(missing))} is missing. Start the last "
                "version that has it once (git log lists them), then this one again; nothing was "
                "changed."
            )


def prepare() -> dict[str, Any]:
    """Migrate and make the administrator: `{vendor, applied, migrations, administrator}`.

    Raises TooOldError.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    # One connection, and its own error at once instead of the pool's after half a minute.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    refuse_too_old()
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
    else:
        executor.check_replacements()  # notes one that stands for others, all of them applied
    return {
        "vendor": connection.display_name,
        "applied": len(plan),
        "migrations": sorted(executor.loader.disk_migrations),
        "administrator": make_administrator(),
    }


def main() -> int:
    from django.db import OperationalError

    try:
        result = prepare()
    except (
        OperationalError,
        TooOldError,
    ) as error:  # the reason is enough, without 60 lines of stack
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
