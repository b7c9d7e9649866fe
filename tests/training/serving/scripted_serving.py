"""A stand-in for the engine's ``serve`` in tests of its keeper: a process that says that it lives,
answers each request at once, and dies as it is told (the file ``die``: its exit code)."""

import importlib.util
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import redis


def load_wire(repository: str) -> Any:
    path = Path(repository) / "training" / "engine" / "serving" / "wire.py"
    spec = importlib.util.spec_from_file_location("wire", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    request = json.load(sys.stdin)
    folder = Path.cwd()
    wire = load_wire((folder / "repository").read_text())
    parent = os.getppid()
    client = redis.Redis.from_url(request["redis_url"])
    device_class = "cpu" if request["device"] == "cpu" else "gpu"
    is_asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: is_asked.append(1))
    with (folder / "starts.jsonl").open("a") as starts:
        starts.write(json.dumps({**request, "pid": os.getpid()}) + "\n")
    die = folder / "die"
    while not is_asked and os.getppid() == parent:
        client.set(wire.engine_key(request["name"]), wire.pack({"models": []}), ex=10)
        if die.exists():
            code = int(die.read_text())
            die.unlink()
            sys.stderr.write("The script says so.\n")
            sys.stderr.flush()
            os._exit(code)
        header: Any = client.lpop(wire.waiting_key(device_class))
        if header is None:
            time.sleep(0.02)
            continue
        wire.put_answer(
            client,
            json.loads(header)["id"],
            {
                "width": 1, "height": 1, "instances": [], "batch": 1,
                "milliseconds": {"decode": 0.0, "load": 0.0, "model": 0.0, "masks": 0.0},
                "device": request["device"], "device_name": "Scripted",
                "notice": request["notice"],
            },
        )  # fmt: skip


if __name__ == "__main__":
    main()
