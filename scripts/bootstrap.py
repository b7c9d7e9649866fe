"""The first thing `make` runs, with whatever Python the machine has.

This file has to parse on any Python since 2.7, so that an old one gets a sentence and not a
traceback. Everything else is in environment.py.
"""

import os
import subprocess
import sys

OLDEST = (3, 11)
NAMES = ["python3.12", "python3.11", "python3.13", "python3.14", "python3"]
PROBE = "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)"


def newer_python():  # type: ignore[no-untyped-def]
    """The first Python on the PATH that is new enough, or None."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for name in NAMES:
            path = os.path.join(folder, name)  # noqa: PTH118
            if not os.access(path, os.X_OK):
                continue
            with open(os.devnull, "w") as null:  # noqa: PTH123
                try:
                    if subprocess.call([path, "-c", PROBE], stdout=null, stderr=null) == 0:
                        return path
                except OSError:
                    continue
    return None


if sys.version_info < OLDEST:
    found = newer_python()  # type: ignore[no-untyped-call]
    if found:
        os.execv(found, [found] + sys.argv)  # noqa: RUF005
    sys.stderr.write(
        "\n  Segloop needs Python 3.11 or newer, and this is Python %d.%d (%s): install a newer one"  # noqa: UP031
        " (on Debian and Ubuntu: apt-get install python3.11 python3.11-venv), then run make"
        " again.\n\n" % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
    sys.exit(1)

from environment import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
