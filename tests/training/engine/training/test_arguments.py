"""Ultralytics' own train arguments: listed with ranges, refused by name, handed on untouched."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from training.engine.training.argument_rules import known_arguments

from ..harness import REPOSITORY, ask_engine, run_engine, train_request


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    answer = run_engine("arguments", {"config_dir": str(tmp_path_factory.mktemp("config"))})
    assert answer.code == 0, answer.log
    assert answer.last["ultralytics"]
    return {argument["name"]: argument for argument in answer.last["arguments"]}


@pytest.mark.parametrize(
    ("name", "kind", "default", "minimum", "maximum"),
    [
        ("mosaic", "float", 1.0, 0.0, 1.0),
        ("scale", "float", 0.5, 0.0, 1.0),
        ("degrees", "float", 0.0, 0, 180),
        ("mask_ratio", "int", 4, 1, 32),
        ("freeze", "int", None, 0, 1000),
        ("cos_lr", "bool", False, None, None),
        ("time", "float", None, 0.01, 8760),
        ("plots", "bool", True, None, None),
    ],
)
def test_types_defaults_and_ranges_are_ultralytics_own(
    listed: dict[str, dict[str, Any]],
    name: str,
    kind: str,
    default: Any,
    minimum: float | None,
    maximum: float | None,
) -> None:
    argument = listed[name]
    assert (argument["kind"], argument["default"]) == (kind, default)
    assert (argument["minimum"], argument["maximum"]) == (minimum, maximum)
    assert len(argument["help"]) > 10


def test_what_the_api_knows_before_an_engine_told_is_what_the_engine_tells(
    listed: dict[str, dict[str, Any]],
) -> None:
    """Else: python -m training.engine arguments, and put it into train_arguments.json."""
    assert {item["name"]: item for item in known_arguments()["arguments"]} == listed


def test_choices_are_read_from_the_help(listed: dict[str, dict[str, Any]]) -> None:
    assert {"SGD", "AdamW", "auto"} <= set(listed["optimizer"]["choices"])
    assert listed["copy_paste_mode"]["choices"] == ["flip", "mixup"]
    assert listed["optimizer"]["kind"] == "choice"


def test_what_a_run_sets_itself_or_cannot_use_is_left_out(
    listed: dict[str, dict[str, Any]],
) -> None:
    assert len(listed) > 35
    assert not set(listed) & {"epochs", "lr0", "project", "single_cls", "cfg", "conf", "format"}
    assert not set(listed) & {"pose", "kobj", "angle", "dropout", "erasing", "auto_augment"}
    assert {argument["group"] for argument in listed.values()} == {
        "Train settings",
        "Segmentation",
        "Hyperparameters",
    }


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"mosaik": 0.5}, "mosaik", "Did you mean mosaic"),
    ({"mosaic": 1.5}, "mosaic", "a number from 0 to 1"),
    ({"mask_ratio": 0}, "mask_ratio", "from 1 to 32"),
    ({"mask_ratio": 2.5}, "mask_ratio", "whole number"),
    ({"cos_lr": 1}, "cos_lr", "true or false"),
    ({"box": True}, "box", "a number"),
    ({"shear": 90}, "shear", "from 0 to 89"),
    ({"mosaic": None}, "mosaic", "needs a value"),
    ({"fraction": 0.0}, "fraction", "from 0.0001 to 1"),
    ({"optimizer": "Adagrad"}, "optimizer", "AdamW"),
    ({"epochs": 3}, "epochs", "field epochs"),
    ({"pose": 1.0}, "pose", "no effect"),
    ({"project": "elsewhere"}, "project", "not open"),
]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """What the engine says to each of ``REFUSED``, asked in one process."""
    program = (
        "import json, sys\n"
        "from training.engine.host.environment import prepare_environment\n"
        "prepare_environment(config_dir=sys.argv[1], device='cpu')\n"
        "from training.engine.training.arguments import check_arguments\n"
        "from training.engine.protocol import EngineError\n"
        "said = []\n"
        "for arguments in json.loads(sys.argv[2]):\n"
        "    try:\n"
        "        check_arguments(arguments)\n"
        "    except EngineError as error:\n"
        "        said.append(error.as_event())\n"
        "print(json.dumps(said))\n"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-c", program, str(tmp_path_factory.mktemp("config"))),
            json.dumps([arguments for arguments, _, _ in REFUSED]),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    said: list[dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.mark.parametrize("index", range(len(REFUSED)))
def test_a_bad_argument_is_named(refusals: list[dict[str, str]], index: int) -> None:
    _, name, says = REFUSED[index]
    assert len(refusals) == len(REFUSED)
    assert refusals[index]["code"] == "bad_argument"
    assert name in refusals[index]["message"]
    assert says in refusals[index]["message"] + refusals[index]["hint"]


@pytest.mark.slow
def test_a_run_with_a_bad_argument_does_not_begin(dataset: Path) -> None:
    answer = ask_engine("train", train_request(dataset, arguments={"mosaic": 1.5}))
    assert (answer.code, answer.last["code"]) == (1, "bad_argument"), answer.log[-2000:]
    assert not (dataset / "run").exists()


@pytest.mark.slow
def test_arguments_reach_the_trainer_untouched(dataset: Path) -> None:
    arguments = {
        "mosaic": 0.25,
        "optimizer": "SGD",
        "cos_lr": True,
        "freeze": None,
        "close_mosaic": 0,
        "plots": False,
    }
    answer = ask_engine(
        "train", train_request(dataset, epochs=1, imgsz=32, lr0=0.02, arguments=arguments)
    )
    assert answer.last["type"] == "finished", answer.log[-2000:]
    saved = yaml.safe_load((dataset / "run" / "args.yaml").read_text())
    assert {name: saved[name] for name in arguments} == arguments
    assert saved["lr0"] == 0.02
    assert not list((dataset / "run").glob("*.png"))
