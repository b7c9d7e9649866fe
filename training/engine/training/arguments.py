"""Ultralytics' train arguments: names, defaults, ranges and help, read from its own configuration.

Its ``default.yaml`` carries the types and the help as comments, its ``cfg`` module the sets of keys
that it checks types and ranges by. What a later Ultralytics adds appears here by itself.
"""

import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import ultralytics
from ultralytics.cfg import (
    CFG_BOOL_KEYS,
    CFG_FLOAT_KEYS,
    CFG_FRACTION_KEYS,
    CFG_INT_KEYS,
    CFG_INT_MIN,
    check_cfg,
)
from ultralytics.utils import DEFAULT_CFG_DICT, DEFAULT_CFG_PATH

from training.engine.emitter import Emitter
from training.engine.protocol import EngineError, TrainArgument
from training.engine.requests import ArgumentValue, EngineRequest
from training.engine.stopping import Stopping

from .argument_rules import RANGES, find_problem

_GROUPS = ("Train settings", "Segmentation", "Hyperparameters")
_OF_OTHER_GROUPS = {"plots": "Train settings"}
"""Listed by Ultralytics with what a validation takes, but a training takes them too."""
_OF_A_REQUEST = frozenset(
    ("model", "data", "epochs", "patience", "batch", "imgsz", "device", "workers", "seed", "lr0")
)
# Segloop sets these itself, or reads results that they would take away or change the meaning of.
_SETTLED = frozenset(
    (
        *("project", "name", "exist_ok", "resume", "pretrained"),
        *("save", "verbose", "profile"),
        "single_cls",  # the checkpoint would have one class, the version several
        *("distill_model", "dis"),  # loads a second checkpoint by its path
    )
)
_OTHER_TASKS = re.compile(r"\((classify only|\w+ tasks)\)|for classification|^classification auto")
_LINE = re.compile(r"^(?P<name>\w+): *(?P<default>[^#]*?) *# *\((?P<types>[^)]*)\) *(?P<help>.*)$")
_SECTION = re.compile(r"^# (?P<title>.+?) -{10,}$")
_BARE_SECTION = re.compile(r"^# (?P<title>[A-Z][a-z]+)$")
# These take a switch or a word; the words are not in a set of keys but in the help.
_SWITCH_OR_WORD = {
    "cache": (False, True, "ram"),  # not "disk": it would write into the frozen version
    "amp": (True, "fp16", "bf16", False),
    "compile": (False, True, "default", "reduce-overhead", "max-autotune-no-cudagraphs"),
}


@cache
def train_arguments() -> dict[str, TrainArgument]:
    """All further arguments of a segmentation training, by name, in Ultralytics' order."""
    found: dict[str, TrainArgument] = {}
    for group, line in _lines():
        name, text = line["name"], line["help"]
        if name in _OF_A_REQUEST | _SETTLED or _OTHER_TASKS.search(text):
            continue
        found[name] = _argument(name, types=line["types"], text=text, group=group)
    return found


def report_arguments(_request: EngineRequest, emit: Emitter, _stopping: Stopping) -> None:
    """Answer the ``arguments`` command."""
    emit(
        {
            "type": "arguments",
            "ultralytics": ultralytics.__version__,
            "arguments": list(train_arguments().values()),
        }
    )


def check_arguments(arguments: dict[str, ArgumentValue]) -> dict[str, ArgumentValue]:
    """The same arguments; ``bad_argument`` names the first that Ultralytics would not take."""
    for name, value in arguments.items():
        argument = train_arguments().get(name)
        if argument is None:
            raise EngineError("bad_argument", *_unknown(name))
        problem = _problem(argument, value)
        if problem:
            raise EngineError(
                "bad_argument",
                f"The argument {name} cannot be {value!r}: {problem}.",
                f"{name}: {argument['help']} (default: {argument['default']}).",
            )
    return arguments


def _lines() -> Iterator[tuple[str, re.Match[str]]]:
    """The arguments in the groups that concern training, each with its group."""
    group = ""
    for line in DEFAULT_CFG_PATH.read_text(encoding="utf-8").splitlines():
        section = _SECTION.match(line) or _BARE_SECTION.match(line)
        if section:
            group = section["title"]
        argument = _LINE.match(line)
        if argument is None:
            continue
        shown_in = _OF_OTHER_GROUPS.get(argument["name"], group)
        if shown_in in _GROUPS:
            yield shown_in, argument


def _argument(name: str, *, types: str, text: str, group: str) -> TrainArgument:
    argument: TrainArgument = {
        "name": name,
        "default": DEFAULT_CFG_DICT[name],
        "kind": "str",
        "minimum": None,
        "maximum": None,
        "choices": None,
        "help": text,
        "group": group,
    }
    if name in _SWITCH_OR_WORD:
        argument |= {"kind": "choice", "choices": list(_SWITCH_OR_WORD[name])}
    elif name in CFG_BOOL_KEYS:
        argument["kind"] = "bool"
    elif name in CFG_INT_KEYS:
        argument |= {"kind": "int", "minimum": CFG_INT_MIN.get(name)}
    elif name in CFG_FRACTION_KEYS or name == "scale":
        argument |= {"kind": "float", "minimum": 0.0, "maximum": 1.0}
    elif name in CFG_FLOAT_KEYS:
        argument["kind"] = "float"
    elif types.startswith("int"):
        argument |= {"kind": "int", "minimum": 0}
    elif words := _words(text):
        argument |= {"kind": "choice", "choices": words}
    if name in RANGES:
        argument["minimum"], argument["maximum"] = RANGES[name]
    return argument


def _words(text: str) -> list[bool | str]:
    """The choices that a help text ends with: "… : SGD, Adam, or auto"."""
    listed = text.rpartition(": ")[2]
    words = [word for word in re.split(r", or |, | or ", listed) if word]
    return list(words) if len(words) > 1 and all(word.isidentifier() for word in words) else []


def _problem(argument: TrainArgument, value: Any) -> str:
    """Why a value is refused, by our table and by Ultralytics itself, or ""."""
    problem = find_problem(argument, value)
    if problem or value is None or argument["choices"] is not None:
        return problem
    try:
        check_cfg({argument["name"]: value})
    except (TypeError, ValueError) as error:
        return str(error).rstrip(".")
    return ""


def _unknown(name: str) -> tuple[str, str]:
    """Message and hint for a name that is no further argument."""
    if name in _OF_A_REQUEST:
        return f"The argument {name} is set by the run itself.", f"Set it in the field {name}."
    if name in _SETTLED:
        return f"The argument {name} is not open to a run.", "Leave it out."
    if name in DEFAULT_CFG_DICT:
        return f"The argument {name} has no effect on a segmentation training.", "Leave it out."
    near = difflib.get_close_matches(name, train_arguments(), n=1)
    hint = f"Did you mean {near[0]}?" if near else "The command `arguments` lists those there are."
    return f"Ultralytics {ultralytics.__version__} has no train argument {name!r}.", hint
