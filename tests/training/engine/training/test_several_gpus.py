"""What the ranks of a run on several GPUs say, handed on as the words of one engine.

The GPUs themselves are in ``tests/gpu``; here the ranks are small programs.
"""

import io
import json
import sys
from typing import Any

import pytest

from training.engine.emitter import Emitter
from training.engine.protocol import EngineError

from ..harness import ask_engine, train_request

LAUNCHER = """
import subprocess, sys
ranks = [subprocess.Popen([sys.executable, "-c", program]) for program in sys.argv[1:]]
sys.exit(max(rank.wait() for rank in ranks))
"""
FINISHED = 'print(\'{"type": "finished", "epochs_done": 3}\')'
FAILED = (
    'print(\'{"type": "failed", "code": "out_of_memory", '
    '"message": "GPU 1 is full.", "hint": "Less."}\'); import sys; sys.exit(1)'
)
CANCELLED = 'import time; time.sleep(1); print(\'{"type": "cancelled"}\')'


def relay(*ranks: str) -> list[dict[str, Any]]:
    from training.engine.stopping import Stopping
    from training.engine.training.several_gpus import relay_ranks

    stream = io.StringIO()
    relay_ranks([sys.executable, "-c", LAUNCHER, *ranks], Emitter(stream), Stopping())
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_events_of_the_first_rank_are_handed_on_and_prints_are_not() -> None:
    talk = "print('loading', flush=True); print('{\"type\": \"resumed\"}', flush=True); " + FINISHED
    assert [event["type"] for event in relay(talk, "pass")] == ["resumed", "finished"]


def test_the_failure_of_any_rank_is_the_run_s() -> None:
    with pytest.raises(EngineError, match=r"GPU 1 is full\.") as caught:
        relay(CANCELLED, FAILED)
    assert caught.value.code == "out_of_memory"


def test_ranks_that_die_without_a_word_are_a_failure() -> None:
    with pytest.raises(RuntimeError, match="exit code 9"):
        relay("pass", "import os; os._exit(9)")


@pytest.mark.slow
def test_gpus_that_are_not_there_are_named(dataset: Any) -> None:
    answer = ask_engine("train", train_request(dataset, device="0,7"))
    assert answer.last["code"] == "bad_device"
    assert answer.last["hint"]
