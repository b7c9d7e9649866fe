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


def prepare() -> dict[str, Any]:
    """Migrate and make the administrator: `{vendor, applied, migrations, administrator}`."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    # One connection, and its own error at once instead of the pool's after half a minute.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
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
    except OperationalError as error:  # the reason is enough, without 60 lines of stack
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
