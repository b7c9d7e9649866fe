"""Real runs on small drawn datasets."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Trained
from ..harness import REPOSITORY, Answer, ask_engine, finish_engine, start_engine, train_request

pytestmark = pytest.mark.slow


@pytest.fixture
def answer(trained: Trained) -> Answer:
    events = json.loads((trained.folder / "events.json").read_text())
    return Answer(0, events, (trained.folder / "run.log").read_text())


def test_events_of_a_run_come_in_order(answer: Answer) -> None:
    assert answer.events[0]["type"] == "started"
    assert answer.events[0]["device"] == "cpu"
    assert answer.last["type"] == "finished"
    epochs = answer.of_type("epoch")
    assert [event["epoch"] for event in epochs] == list(range(1, 25))
    for event in epochs:
        assert set(event["train"]) == set(event["val"]) == {"box", "seg", "cls", "dfl"}
        assert all(value > 0 for value in (*event["train"].values(), *event["val"].values()))
        assert event["learning_rate"] > 0
        assert event["seconds"] > 0


def test_it_says_what_its_datasets_hold(answer: Answer, trained: Trained) -> None:
    (event,) = answer.of_type("data")
    for split in event["splits"]:
        folder = trained.folder / "dataset" / "labels" / split["split"]
        labels = [path.read_text().splitlines() for path in folder.glob("*.txt")]
        assert split["images"] == split["listed"] == len(labels)
        assert split["instances"] == sum(map(len, labels))
        assert sum(split["class_instances"].values()) == split["instances"]
        assert (split["corrupt"], split["duplicates"], split["backgrounds"]) == (0, 0, 0)
    assert [split["split"] for split in event["splits"]] == ["train", "val"]
    kinds = [each["type"] for each in answer.events]
    assert kinds.index("data") < kinds.index("batch")


def test_the_loss_falls_and_masks_are_found(answer: Answer) -> None:
    epochs = answer.of_type("epoch")
    assert epochs[-1]["train"]["seg"] < epochs[0]["train"]["seg"] / 1.5
    assert answer.last["mask"]["map50"] > 0.2
    assert answer.last["box"]["map50"] > 0.2


def test_best_is_the_epoch_with_the_highest_fitness(answer: Answer) -> None:
    def fitness(event: dict[str, Any]) -> float:
        return float(event["box"]["map50_95"] + event["mask"]["map50_95"])

    best = max(answer.of_type("epoch"), key=fitness)
    assert answer.last["best_epoch"] == best["epoch"]
    checkpoints = [event for event in answer.of_type("checkpoint") if event["kind"] == "best"]
    assert checkpoints[-1]["epoch"] == best["epoch"]
    # The final validation of best.pt, in half precision on disk, gives the epoch's own figures.
    assert answer.last["mask"]["map50_95"] == pytest.approx(best["mask"]["map50_95"], abs=0.01)


def test_batch_events_are_at_most_five_a_second(answer: Answer) -> None:
    batches = answer.of_type("batch")
    seconds = sum(event["seconds"] for event in answer.of_type("epoch"))
    assert 0 < len(batches) <= 5 * seconds + 2
    assert all(1 <= event["batch"] <= event["batches"] == 8 for event in batches)
    assert batches[-1]["eta_seconds"] < batches[0]["eta_seconds"]


def test_the_run_folder_is_ultralytics_own(trained: Trained) -> None:
    names = {path.name for path in (trained.folder / "run").iterdir()}
    assert {"args.yaml", "results.csv", "results.png", "confusion_matrix.png"} <= names
    assert {path.name for path in (trained.folder / "run" / "weights").iterdir()} == {
        "best.pt",
        "last.pt",
    }


def test_a_run_opens_no_socket(trained: Trained) -> None:
    assert not trained.sockets.exists(), trained.sockets.read_text()


def test_the_socket_log_would_notice_one(tmp_path: Path) -> None:
    from ..conftest import socket_log

    program = (
        "from training.engine.host.environment import guard_network\n"
        "import socket\n"
        "guard_network()\n"
        "try:\n"
        "    socket.create_connection(('192.0.2.1', 80), timeout=5)\n"
        "except ConnectionError as error:\n"
        "    print('refused', error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **socket_log(tmp_path)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("refused The engine opens no connections")
    assert "192.0.2.1" in (tmp_path / "sockets.log").read_text()


def test_the_same_seed_gives_the_same_run(dataset: Path) -> None:
    losses = []
    for name, seed in (("first", 3), ("second", 3), ("other", 4)):
        request = train_request(dataset, epochs=1, imgsz=32, seed=seed, run_dir=str(dataset / name))
        process = start_engine("train", request)
        losses.append(read_until(process, lambda event: event["type"] == "epoch")[-1]["train"])
        process.kill()
        process.wait()
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_cancel_keeps_last_and_resume_goes_on(dataset: Path) -> None:
    request = train_request(dataset, epochs=3)
    process = start_engine("train", request)
    events = read_until(process, lambda event: event["type"] == "checkpoint")
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    answer = finish_engine(process)
    assert (answer.code, answer.last["type"]) == (0, "cancelled")
    assert time.monotonic() - began < 30
    done = [event["epoch"] for event in (*events, *answer.events) if event["type"] == "epoch"]
    assert (dataset / "run" / "weights" / "last.pt").exists()
    resumed = ask_engine("train", {**request, "resume": True})
    assert resumed.last["type"] == "finished", resumed.log[-2000:]
    assert [event["epoch"] for event in resumed.of_type("epoch")] == [
        epoch for epoch in (1, 2, 3) if epoch not in done
    ]
    assert resumed.last["epochs_done"] == 3


def test_resuming_a_run_that_was_done_only_finishes_it(dataset: Path) -> None:
    request = train_request(dataset, epochs=1)
    labels = sorted((dataset / "dataset" / "labels" / "train").glob("*.txt"))
    rows = labels[0].read_text().splitlines()
    labels[0].write_text("\n".join([*rows, rows[0]]))  # a repeated row
    labels[1].write_text("")  # a background
    labels[2].write_text("7 0.1 0.1 0.2 0.1 0.2 0.2\n")  # a class that is not there
    first = ask_engine("train", request)
    train = first.of_type("data")[0]["splits"][0]
    assert (train["listed"], train["images"], train["backgrounds"]) == (16, 15, 1)
    assert (train["corrupt"], train["duplicates"]) == (1, 1)
    assert any("exceeds dataset class count" in message for message in train["messages"])
    again = ask_engine("train", {**request, "resume": True})
    assert again.last["type"] == "finished", again.log[-2000:]
    assert not again.of_type("epoch")
    assert (again.last["epochs_done"], again.last["best_epoch"]) == (1, 1)
    assert again.last["mask"]["map50"] == pytest.approx(first.last["mask"]["map50"], abs=1e-3)
    assert not list((dataset / "run").glob("*.png")), "no plots were asked for"


def test_cancel_while_it_starts(dataset: Path) -> None:
    process = start_engine("train", train_request(dataset, epochs=50))
    time.sleep(0.7)
    process.send_signal(signal.SIGTERM)
    answer = finish_engine(process)
    assert (answer.code, answer.last["type"]) == (0, "cancelled")


def test_the_engine_stops_when_its_parent_is_killed(dataset: Path) -> None:
    """The parent starts the engine with a pipe that stays open here, so only its death is left."""
    request = json.dumps(train_request(dataset, epochs=200))
    program = (
        "import subprocess, sys, time\n"
        "engine = subprocess.Popen([sys.executable, '-m', 'training.engine', 'train'],\n"
        "                          stdin=subprocess.PIPE, text=True)\n"
        f"engine.stdin.write({request!r}); engine.stdin.close()\n"
        "print(engine.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=REPOSITORY,
    )
    assert parent.stdout
    engine_pid = int(parent.stdout.readline())
    for line in parent.stdout:
        if '"epoch"' in line:
            break
    parent.kill()
    parent.wait()
    # The pipe ends when its last writer, the engine, is gone.
    rest = parent.stdout.read()
    assert '"cancelled"' in rest
    assert not Path(f"/proc/{engine_pid}/exe").exists()


def read_until(process: subprocess.Popen[str], is_last: Any) -> list[dict[str, Any]]:
    assert process.stdout
    events = []
    for line in process.stdout:
        events.append(json.loads(line))
        if is_last(events[-1]):
            return events
    raise AssertionError(f"the engine ended first: {events[-1:]}")


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"model": "yolo11n-seg.pt"}, "weights_missing", "yolo11n-seg.pt"),
        ({"model": "yolo11n-seg.pt", "allow_download": True}, "weights_missing", "yolo11n-seg.pt"),
        ({"model": "mystery.yaml"}, "bad_request", "mystery.yaml"),
        ({"model": "/nowhere/best.pt"}, "checkpoint_unreadable", "/nowhere/best.pt"),
        ({"device": "7"}, "bad_device", "'7'"),
        ({"lr0": 20.0}, "bad_request", "lr0"),
        ({"data_yaml": "/nowhere/data.yaml"}, "data_unreadable", "/nowhere/data.yaml"),
    ],
)
def test_bad_requests_fail_at_once_with_a_sentence(
    dataset: Path, changes: dict[str, Any], code: str, says: str
) -> None:
    answer = ask_engine(
        "train",
        train_request(dataset, **changes),
        # No address can be looked up, wherever the tests run.
        environment={"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"},
    )
    assert answer.code == 1
    assert answer.last["code"] == code, answer
    assert says in answer.last["message"]
    assert answer.last["hint"]
    assert not answer.of_type("batch")
    if code == "weights_missing":
        assert str(dataset / "weights" / "yolo11n-seg.pt") in answer.last["hint"]


def test_a_damaged_checkpoint_is_refused(dataset: Path) -> None:
    damaged = dataset / "damaged.pt"
    damaged.write_bytes(b"PK\x03\x04 not a checkpoint")
    answer = ask_engine("train", train_request(dataset, model=str(damaged)))
    assert answer.last["code"] == "checkpoint_unreadable"
    assert "damaged.pt" in answer.last["message"]


def test_a_checkpoint_that_carries_code_is_refused_and_does_not_run(dataset: Path) -> None:
    program = (
        "import os, sys, torch\n"
        "class Evil:\n"
        "    def __reduce__(self):\n"
        "        return os.system, (f'touch {sys.argv[2]}',)\n"
        "torch.save({'model': Evil(), 'train_args': {}}, sys.argv[1])\n"
    )
    evil, mark = dataset / "evil.pt", dataset / "it_ran"
    subprocess.run([sys.executable, "-c", program, evil, mark], check=True)
    for command, request in (
        ("train", train_request(dataset, model=str(evil))),
        ("predict", predict_request(dataset, evil)),
    ):
        answer = ask_engine(command, request)
        assert answer.last["code"] == "checkpoint_unreadable"
        assert not mark.exists()


def predict_request(dataset: Path, checkpoint: Path) -> dict[str, Any]:
    return {
        "checkpoint": str(checkpoint),
        "images": [],
        "conf": 0.25,
        "iou": 0.7,
        "imgsz": 64,
        "device": "cpu",
        "config_dir": str(dataset / "config"),
    }


def test_a_loss_that_is_not_a_number_ends_the_run(trained: Trained, dataset: Path) -> None:
    """A checkpoint whose mask prototypes are broken: the first batch already has no loss."""
    program = (
        "import sys, torch\n"
        "checkpoint = torch.load(sys.argv[1], weights_only=False)\n"
        "checkpoint['model'].model[-1].proto.cv3.conv.weight[:] = float('nan')\n"
        "torch.save(checkpoint, sys.argv[2])\n"
    )
    broken = dataset / "broken.pt"
    subprocess.run([sys.executable, "-c", program, trained.checkpoint, broken], check=True)
    answer = ask_engine("train", train_request(dataset, model=str(broken)))
    assert answer.last["code"] == "loss_not_finite", answer.log[-2000:]
    assert "learning rate" in answer.last["hint"]
    assert not answer.of_type("epoch")


def test_training_goes_on_from_an_earlier_checkpoint(trained: Trained, tmp_path: Path) -> None:
    request = train_request(
        trained.folder,
        model=str(trained.checkpoint),
        epochs=1,
        imgsz=96,
        run_dir=str(tmp_path / "run"),
    )
    answer = ask_engine("train", request)
    assert answer.last["type"] == "finished", answer.log[-2000:]
    # Its first epoch starts where the earlier run had come to, not where that one began. (What it
    # finds after that one epoch, with a warming learning rate, is chance on a set so small.)
    first, began = answer.of_type("epoch")[0]["train"], earlier_epochs(trained)[0]["train"]
    assert first["seg"] < 0.7 * began["seg"]
    assert first["cls"] < 0.7 * began["cls"]


def earlier_epochs(trained: Trained) -> list[dict[str, Any]]:
    events = json.loads((trained.folder / "events.json").read_text())
    return [event for event in events if event["type"] == "epoch"]


@pytest.mark.parametrize("model", ["yolo11n-seg.yaml", "yolo26n-seg.yaml"])
def test_the_other_families_train(dataset: Path, model: str) -> None:
    answer = ask_engine("train", train_request(dataset, model=model, epochs=1))
    assert answer.last["type"] == "finished", answer.log[-2000:]
    losses = answer.of_type("epoch")[0]["train"]
    assert all(losses[name] > 0 for name in ("box", "seg", "cls", "dfl"))
