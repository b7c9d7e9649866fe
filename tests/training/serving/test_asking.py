"""Asking: first A, then B, with an engine that dies between any two steps."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis as redis_client

from annotator.kernel.errors import ServiceError
from tests.training.conftest import Trained
from training.checkpoints.usable import UsableModel, as_usable
from training.engine.serving.wire import (
    PREFIX,
    engine_key,
    image_key,
    mark_taken,
    put_answer,
    taken_key,
    waiting_key,
    wanted_key,
)
from training.serving import asking
from training.serving.asking import Options, ask, load
from training.serving.errors import (
    ModelFailedError,
    NoEngineError,
    QueueFullError,
    TimeLimitError,
    UnreadableImageError,
)
from training.serving.model_files import sha256_of_model

from .conftest import ToldEngine, headers_in, hold_until, jpeg, pretend_engine_lives, wait_for

MakeEngine = Callable[..., ToldEngine]
ANSWERED: Any = {
    "width": 32, "height": 24, "instances": [], "device": "cpu", "device_name": "A processor",
    "notice": "", "batch": 1,
    "milliseconds": {"decode": 1.0, "load": 0.0, "model": 4.0, "masks": 1.0},
}  # fmt: skip


@pytest.fixture
def model(trained: Trained) -> UsableModel:
    return as_usable(trained.best)


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LOOK_SECONDS", 0.05)


@pytest.fixture
def asked(model: UsableModel) -> Any:
    """Ask in a thread, as a web process does; returns the future."""
    pool = ThreadPoolExecutor(8)
    sha256_of_model(model)

    def submit(timeout: float = 10.0, image: bytes | None = None) -> Any:
        content = jpeg() if image is None else image
        return pool.submit(ask, model, content, Options(), timeout)

    yield submit
    pool.shutdown(wait=True)


def nothing_is_left(client: "redis_client.Redis") -> bool:
    kept = (b"engine:", b"keepers", b"crashes", b"wanted", b"stats", b"speed")
    found: Any = client.keys(f"{PREFIX}*")
    return not [key for key in found if not key[len(PREFIX) :].startswith(kept)]


def test_an_answer_has_names_times_and_where_it_was_computed(
    engine: ToldEngine, model: UsableModel, client: "redis_client.Redis"
) -> None:
    answer = ask(model, jpeg((40, 20)))
    assert (answer.width, answer.height, answer.device_name) == (40, 20, "A processor")
    assert answer.instances == [
        {
            "class_index": 1,
            "class_name": model.class_names[1],
            "confidence": 0.75,
            "polygon": [1.0, 1.0, 9.0, 1.0, 9.0, 9.0],
            "box": [1.0, 1.0, 9.0, 9.0],
        }
    ]
    assert set(answer.milliseconds) == {"decode", "load", "model", "masks", "wait"}
    assert answer.milliseconds["model"] == 4.0
    assert ask(model, jpeg()).milliseconds["load"] == 0.0, "the second request finds it warm"
    assert nothing_is_left(client)


def test_options_reach_the_model(engine: ToldEngine, model: UsableModel) -> None:
    ask(model, jpeg(), Options(conf=0.4, iou=0.5, classes=(1,), max_det=7))
    (told,) = engine.models["best.pt"].options
    assert (told["conf"], told["iou"], told["classes"], told["max_det"]) == (0.4, 0.5, [1], 7)
    assert told["imgsz"] == model.image_size


def test_without_a_worker_the_answer_is_a_sentence_at_once(
    client: "redis_client.Redis", model: UsableModel
) -> None:
    with pytest.raises(NoEngineError, match=r"No .*worker"):
        ask(model, jpeg())
    assert nothing_is_left(client)


def test_a_worker_that_refuses_says_why(make_engine: MakeEngine, model: UsableModel) -> None:
    make_engine().say(refuses="The training of “x” leaves too little memory.")
    with pytest.raises(NoEngineError, match="too little memory"):
        ask(model, jpeg())


def test_a_silent_worker_is_no_worker(
    make_engine: MakeEngine, model: UsableModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_engine().say()
    monkeypatch.setattr("training.serving.keepers.SILENT_SECONDS", -1.0)
    with pytest.raises(NoEngineError):
        ask(model, jpeg())


def test_redis_away_is_a_sentence(
    engine: ToldEngine, model: UsableModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = redis_client.Redis(unix_socket_path="/nowhere/redis.sock")
    monkeypatch.setattr(asking, "serving_redis", lambda: away)
    with pytest.raises(NoEngineError, match="Redis does not answer"):
        ask(model, jpeg())


def test_a_full_queue_refuses(
    make_engine: MakeEngine,
    client: "redis_client.Redis",
    asked: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "MOST_WAITING", 2)
    make_engine().say()  # nobody takes anything
    waiting = [asked(1.0), asked(1.0)]
    wait_for(lambda: client.llen(waiting_key("cpu")) == 2)
    with pytest.raises(QueueFullError) as refused:
        asked().result()
    assert refused.value.extra["headers"] == {"Retry-After": "2"}
    for future in waiting:
        with pytest.raises(TimeLimitError):
            future.result()


def test_the_queue_is_bounded_by_bytes_too(
    make_engine: MakeEngine,
    client: "redis_client.Redis",
    asked: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "MOST_WAITING_BYTES", 1000)
    make_engine().say()
    first = asked(0.5, b"x" * 900)
    wait_for(lambda: client.llen(waiting_key("cpu")) == 1)
    with pytest.raises(QueueFullError):
        asked(0.5, b"x" * 200).result()
    with pytest.raises(TimeLimitError):
        first.result()


def test_an_image_that_cannot_be_read(engine: ToldEngine, model: UsableModel) -> None:
    with pytest.raises(UnreadableImageError, match="cannot be read"):
        ask(model, b"no image")


def test_out_of_time_says_for_what_and_leaves_nothing(
    make_engine: MakeEngine, client: "redis_client.Redis", model: UsableModel
) -> None:
    make_engine().say()
    with pytest.raises(TimeLimitError, match="a worker to take it"):
        ask(model, jpeg(), timeout=0.3)
    assert nothing_is_left(client)


def test_a_worker_is_asked_to_start_its_engine(
    make_engine: MakeEngine, client: "redis_client.Redis", model: UsableModel
) -> None:
    make_engine().say(engine="")
    with pytest.raises(TimeLimitError):
        ask(model, jpeg(), timeout=0.2)
    assert client.llen(wanted_key("cpu")) >= 1


def test_an_engine_that_died_before_computing_costs_nothing(
    make_engine: MakeEngine, client: "redis_client.Redis", asked: Any
) -> None:
    """Taken, then the engine is gone: another one answers, and no crash is counted."""
    make_engine().say()
    pretend_engine_lives(client, "dying")
    future = asked()
    (header,) = wait_for(lambda: headers_in(client, waiting_key("cpu")))
    client.delete(waiting_key("cpu"), image_key(header["id"]))
    mark_taken(client, [header["id"]], "dying", "taken")
    client.delete(engine_key("dying"))
    (again,) = wait_for(lambda: headers_in(client, waiting_key("cpu")))
    assert (again["id"], again["attempt"]) == (header["id"], 0)
    make_engine("e2").start()
    assert future.result().width == 32


def test_an_engine_that_died_at_it_is_asked_once_more(
    make_engine: MakeEngine, client: "redis_client.Redis", asked: Any
) -> None:
    """Killed between the request and its answer: computed alone by the next engine."""
    make_engine().say()
    future = asked()
    (header,) = wait_for(lambda: headers_in(client, waiting_key("cpu")))
    client.delete(waiting_key("cpu"), image_key(header["id"]))
    mark_taken(client, [header["id"]], "dead", "working")
    (again,) = wait_for(lambda: headers_in(client, waiting_key("cpu")))
    assert again["attempt"] == 1
    engine = make_engine("e2").start()
    assert future.result().batch == 1
    assert engine.models["best.pt"].batches == [1]


def test_a_model_that_ends_its_engine_twice_rests(
    make_engine: MakeEngine, client: "redis_client.Redis", asked: Any
) -> None:
    make_engine().say()
    future = asked()
    for _ in range(2):
        (header,) = wait_for(lambda: headers_in(client, waiting_key("cpu")))
        client.delete(waiting_key("cpu"), image_key(header["id"]))
        mark_taken(client, [header["id"]], "dead", "working")
    with pytest.raises(ModelFailedError, match="died twice"):
        future.result()
    with pytest.raises(ModelFailedError, match="2 times within a minute"):
        asked().result()
    assert client.llen(waiting_key("cpu")) == 0


def test_others_are_answered_although_one_model_ends_the_engine(
    make_engine: MakeEngine, client: "redis_client.Redis", asked: Any
) -> None:
    """What the dead engine had only taken comes back without a crash on its account."""
    make_engine().say()
    futures = [asked(), asked()]
    headers = wait_for(lambda: len(h := headers_in(client, waiting_key("cpu"))) == 2 and h)
    client.delete(waiting_key("cpu"))
    mark_taken(client, [headers[0]["id"]], "dead", "working")
    mark_taken(client, [headers[1]["id"]], "dead", "taken")
    again = wait_for(lambda: len(h := headers_in(client, waiting_key("cpu"))) == 2 and h)
    assert {item["id"]: item["attempt"] for item in again} == {
        headers[0]["id"]: 1,
        headers[1]["id"]: 0,
    }
    make_engine("e2").start()
    assert [future.result().width for future in futures] == [32, 32]


def test_a_request_that_got_lost_between_two_steps_is_queued_again(
    make_engine: MakeEngine, client: "redis_client.Redis", asked: Any
) -> None:
    """An engine took it off the list and died before it could say so."""
    make_engine().say()
    future = asked()
    wait_for(lambda: client.lpop(waiting_key("cpu")))
    wait_for(lambda: headers_in(client, waiting_key("cpu")))
    make_engine("e2").start()
    assert future.result().width == 32


def test_an_answer_that_came_before_the_death_counts(
    make_engine: MakeEngine, client: "redis_client.Redis", asked: Any
) -> None:
    make_engine().say()
    future = asked()
    header = wait_for(lambda: client.lpop(waiting_key("cpu")))
    put_answer(client, json.loads(header)["id"], ANSWERED)
    assert future.result().instances == []


def test_it_follows_the_workers_from_the_gpu_to_the_processor(
    make_engine: MakeEngine, client: "redis_client.Redis", asked: Any
) -> None:
    """A run takes the GPU while a request waits: the same worker offers the processor now."""
    make_engine("w", device_class="gpu").say()
    future = asked()
    wait_for(lambda: client.llen(waiting_key("gpu")) == 1)
    notice = "The training of “x” has the GPU."
    make_engine("w", device_class="cpu", notice=notice).start()
    assert future.result().notice == notice
    assert client.llen(waiting_key("gpu")) == 0


def test_loading_needs_no_image(engine: ToldEngine, model: UsableModel) -> None:
    assert load(model) > 0
    assert engine.models["best.pt"].warmed == 1


def test_a_changed_file_is_not_opened(engine: ToldEngine, model: UsableModel) -> None:
    original = model.path.read_bytes()
    try:
        model.path.write_bytes(original + b"x")
        with pytest.raises(ModelFailedError, match="was changed since"):
            ask(model, jpeg())
    finally:
        model.path.write_bytes(original)
    assert not engine.models


def test_requests_that_come_together_are_computed_together(
    engine: ToldEngine, model: UsableModel, asked: Any, client: "redis_client.Redis"
) -> None:
    ask(model, jpeg())
    told, gate = engine.models["best.pt"], threading.Event()
    engine.before = lambda pictures: hold_until(gate)
    first = asked()
    wait_for(lambda: client.keys(f"{PREFIX}taken:*"))
    others = [asked() for _ in range(3)]
    wait_for(lambda: len(engine.engine.inbox._held) == 3)
    gate.set()
    assert [future.result().batch for future in others] == [3, 3, 3]
    assert first.result().batch == 1
    assert told.batches == [1, 1, 3]


def test_a_reference_that_names_nothing_is_a_service_error(trained: Trained) -> None:
    from training.checkpoints.usable import find_model

    with pytest.raises(ServiceError):
        find_model("checkpoint:999999")


def test_the_taken_note_goes_with_the_answer(
    engine: ToldEngine, model: UsableModel, client: "redis_client.Redis"
) -> None:
    ask(model, jpeg())
    assert not client.keys(taken_key("*"))
