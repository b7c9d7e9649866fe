"""Whether one container does its work: `python -m config.healthcheck web | worker QUEUE`.

`web` asks the web server beside it; `worker` looks for a Celery process on that queue and asks
Redis whether it can be reached. Exit status 0 or 1, with a sentence.
"""

import http.client
import os
import sys
from pathlib import Path


def check_web() -> str:
    """What is wrong with the web server beside us, or nothing."""
    port = int(os.environ.get("SEGLOOP_PORT") or 8000)
    hosts = [name for name in os.environ.get("SEGLOOP_ALLOWED_HOSTS", "").split(",") if name]
    host = hosts[0].lstrip(".").replace("*", "localhost") if hosts else "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    headers = {"Host": host}
    try:
        connection.request("GET", "/api/session/", headers=headers)
        status = connection.getresponse().status
    except OSError as error:
        return f"The web server does not answer: {error}"
    return "" if status == 200 else f"The web server answers {status}."


def check_worker(queue: str) -> str:
    """What is wrong with the worker beside us, or nothing."""
    if not any(_is_worker(path, queue) for path in Path("/proc").glob("[0-9]*/cmdline")):
        return f"No worker runs on the queue {queue}."
    import redis

    try:
        redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=8).ping()
    except redis.RedisError as error:
        return f"Redis does not answer: {error}"
    return ""


def _is_worker(cmdline: Path, queue: str) -> bool:
    try:
        words = cmdline.read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    return "celery" in words and "worker" in words and f"--queues={queue}" in words


def main(arguments: list[str]) -> int:
    match arguments:
        case ["web"]:
            problem = check_web()
        case ["worker", queue]:
            problem = check_worker(queue)
        case _:
            problem = "usage: python -m config.healthcheck web | worker QUEUE"
    if problem:
        sys.stderr.write(problem + "\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
