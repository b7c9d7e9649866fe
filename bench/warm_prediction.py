"""What Segloop adds to a model that answers at once: decode, wait, model, masks, answer, whole.

    python bench/warm_prediction.py MODEL.pt FOLDER_OF_IMAGES [--device cpu] [--seconds 20]

The web server and a warm engine run as processes of their own, over a Redis of their own, as `make
run` starts them. 1, 4 and 16 clients with kept connections ask in turn; then requests come at 80 %
of the rate that one model answers. The bare model is the same predictor on the same files in one
process, without Segloop around it: network, non-maximum suppression and masks of images in memory.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from common import REPOSITORY, fresh_environment, print_table, quantile, web_server, write_result

PARTS = ("decode", "wait", "model", "masks", "answer", "whole")
CLIENTS = (1, 4, 16)
SUFFIXES = (".jpg", ".jpeg", ".png")
MOST_IMAGES = 32

_BARE = """
import json, sys, time
from pathlib import Path
from training.engine.host.environment import prepare_environment
model, folder, device, seconds = sys.argv[1:5]
prepare_environment(config_dir=None, device=device)
from training.engine.measuring.image_stream import read_picture
from training.engine.serving.warm_model import WarmModel
options = {"conf": 0.25, "iou": 0.7, "classes": None, "imgsz": 640, "max_det": 300,
           "retina_masks": False, "half": False}
files = [str(path) for path in json.loads(folder)]
pictures = [read_picture(path) for path in files]
warm = WarmModel(Path(model), device=device)
warm.warm_up(options)
for picture in pictures[:4]:
    warm.predict([picture], options)
times, until = [], time.perf_counter() + float(seconds)
while time.perf_counter() < until:
    for picture in pictures:
        began = time.perf_counter()
        warm.predict([picture], options)
        times.append((time.perf_counter() - began) * 1000)
print(json.dumps(times))
"""


def measure_bare(model: Path, images: list[Path], device: str, seconds: float) -> list[float]:
    """Return the milliseconds of each image in the model alone."""
    listed = json.dumps([str(path) for path in images])
    done = subprocess.run(
        [sys.executable, "-c", _BARE, str(model), listed, device, str(seconds)],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    times: list[float] = json.loads(done.stdout.strip().splitlines()[-1])
    return times


@contextmanager
def warm_worker(device: str) -> Iterator[None]:
    """A keeper of a warm engine in this process, as a gpu worker has one."""
    from django.conf import settings

    from training.serving import keeping
    from training.serving.asking import serving_redis

    place = keeping.Place(device)
    keeping.find_place = lambda: place
    keeper = keeping.Keeper(serving_redis(), name="bench", idle_seconds=600)
    thread = threading.Thread(target=keeper.run, daemon=True)
    thread.start()
    assert settings.DATA_ROOT
    try:
        yield
    finally:
        keeper.stop()
        thread.join(5)


def prepare_model(model: Path, root: Path) -> str:
    """Take the model in as everybody's weights; return a token for whoever may use it."""
    from django.contrib.auth.models import User

    from annotator.datasets.datasets import create_dataset
    from annotator.kernel.accounts.tokens import create_token
    from training.engine.serving.files import hash_model
    from training.models import ServedModel, Weights

    lead = User.objects.create_user("bench", password="a-pass-word")
    dataset = create_dataset(owner=lead, name="Bench", classes=[{"name": "cat"}])
    weights = Weights.objects.create(
        name="bench", file_name="model.pt", origin="uploaded", size_bytes=model.stat().st_size,
        sha256=hash_model(model), class_names=["cat"], state="finished",
    )  # fmt: skip
    folder = root / "models" / str(weights.pk)
    folder.mkdir(parents=True)
    (folder / "model.pt").write_bytes(model.read_bytes())
    ServedModel.objects.create(
        name="bench", dataset=dataset, weights=weights, requests_per_minute=1_000_000
    )
    return create_token(lead, name="bench", days=1).key


class Client:
    """A connection that is kept."""

    def __init__(self, address: str, token: str) -> None:
        headers = {"Authorization": f"Token {token}", "Content-Type": "image/jpeg"}
        self.session = httpx.Client(headers=headers, timeout=120)
        self.address = f"{address}/api/models/bench/predict/"

    def ask(self, content: bytes) -> dict[str, float]:
        """Return the parts that the answer names, and the whole as this client saw it."""
        began = time.perf_counter()
        answer = self.session.post(self.address, content=content)
        client = (time.perf_counter() - began) * 1000
        if answer.status_code != 200:
            raise RuntimeError(answer.text[:300])
        body = answer.json()
        return {**body["milliseconds"], "client": client, "batch": float(body["batch"])}


def ask_in_turn(
    address: str, token: str, contents: list[bytes], clients: int, seconds: float
) -> list[dict[str, float]]:
    """Each client asks again as soon as it has its answer."""
    until = time.perf_counter() + seconds

    def one(number: int) -> list[dict[str, float]]:
        client = Client(address, token)
        found: list[dict[str, float]] = []
        while time.perf_counter() < until:
            found.append(client.ask(contents[(number + len(found)) % len(contents)]))
        return found

    with ThreadPoolExecutor(clients) as pool:
        return [item for found in pool.map(one, range(clients)) for item in found]


def ask_at_rate(
    address: str, token: str, contents: list[bytes], rate: float, seconds: float
) -> list[dict[str, float]]:
    """Requests begin at fixed intervals, whether the last one was answered or not."""
    count = max(5, int(rate * seconds))
    local = threading.local()

    def one(number: int) -> dict[str, float]:
        if not hasattr(local, "client"):
            local.client = Client(address, token)
        found: dict[str, float] = local.client.ask(contents[number % len(contents)])
        return found

    with ThreadPoolExecutor(32) as pool:
        began, futures = time.perf_counter(), []
        for number in range(count):
            time.sleep(max(0.0, began + number / rate - time.perf_counter()))
            futures.append(pool.submit(one, number))
        return [future.result() for future in futures]


def row_of(name: str, found: list[dict[str, float]], bare: float, seconds: float) -> dict[str, Any]:
    row: dict[str, Any] = {"clients": name}
    for part in PARTS:
        row[part] = round(median(item[part] for item in found), 2)
    clients = [item["client"] for item in found]
    row["seen by client"] = round(median(clients), 2)
    row["p99"] = round(quantile(clients, 0.99), 2)
    row["p99 / p50"] = round(row["p99"] / row["seen by client"], 2)
    own = [item["model"] + item["masks"] for item in found]
    row["whole / own model"] = round(median(clients) / median(own), 3)
    row["whole / bare"] = round(row["seen by client"] / bare, 3)
    row["batch"] = round(sum(item["batch"] for item in found) / len(found), 2)
    row["images/s"] = round(len(found) / seconds, 2)
    return row


def run(model: Path, folder: Path, device: str, seconds: float, name: str) -> None:
    images = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    images = images[:MOST_IMAGES]
    contents = [path.read_bytes() for path in images]
    bare_times = measure_bare(model, images, device, seconds)
    bare = median(bare_times)
    with fresh_environment() as root:
        token = prepare_model(model, root)
        with web_server(root / "web.log") as address, warm_worker(device):
            began = time.perf_counter()
            first = Client(address, token)
            while True:  # the keeper says within a second that it is there
                try:
                    cold = first.ask(contents[0])
                    break
                except RuntimeError:
                    began = time.perf_counter()
                    time.sleep(0.1)
            cold_seconds = time.perf_counter() - began
            for content in contents[:4]:
                first.ask(content)
            rows = [
                row_of(str(count), ask_in_turn(address, token, contents, count, seconds), bare,
                       seconds)
                for count in CLIENTS
            ]  # fmt: skip
            rate = 0.8 * 1000 / rows[0]["whole"]
            rows.append(
                row_of("80 % load", ask_at_rate(address, token, contents, rate, seconds), bare,
                       seconds)
            )  # fmt: skip
    print_table(rows)
    print(
        f"\nThe bare model: {bare:.1f} ms (p99 {quantile(bare_times, 0.99):.1f} ms); cold start "
        f"{cold_seconds:.1f} s, of which {cold['load'] / 1000:.2f} s load the model."
    )
    write_result(
        name,
        rows,
        bare_ms=bare,
        bare_p99_ms=quantile(bare_times, 0.99),
        cold_start_seconds=cold_seconds,
        cold_load_ms=cold["load"],
        device=device,
        load_average=os.getloadavg(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--name", default="warm_prediction")
    options = parser.parse_args()
    run(options.model, options.images, options.device, options.seconds, options.name)


if __name__ == "__main__":
    main()
