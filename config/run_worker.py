"""``python -m config.run_worker gpu``: a worker as ``config.launch`` starts it, for containers.

So a container's worker, too, takes up as many runs at once as the container was given GPUs.
"""

import os
import sys

from config.launch import worker_command

QUEUES = ("gpu", "cpu")


def main() -> None:
    queue = sys.argv[1] if len(sys.argv) == 2 else ""
    if queue not in QUEUES:
        sys.exit(f"Say which queue: python -m config.run_worker {'|'.join(QUEUES)}")
    command = worker_command(queue)
    os.execv(command[0], command)  # noqa: S606 - Celery itself is to get the signals


if __name__ == "__main__":
    main()
