"""New images made of real objects: the same for the same seed, and labelled by what was pasted."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.labels.formats.yolo.rows import format_labels, parse_labels
from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.contours import mask_of_polygons
from tests.training.engine.harness import finish_engine, start_engine
from training.engine.augmenting import synthesise as synthesising
from training.engine.augmenting.compositing import LEAST_SCALE, MOST_SCALE
from training.engine.augmenting.cutouts import Cutout, Mask
from training.engine.augmenting.stock import Habit
from training.engine.augmenting.synthesise import draw_place
from training.engine.augmenting.synthesise import synthesise as answer_request
from training.engine.protocol import EngineError
from training.engine.stopping import Stopping

SIZE = (160, 120)
NAMES = ["disc", "square"]
Ring = list[float]


def disc(x: float, y: float, radius: float) -> Ring:
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return [
        float(value)
        for turn in turns
        for value in (x + radius * np.cos(turn), y + radius * np.sin(turn))
    ]


def write_image(folder: Path, name: str, objects: list[tuple[int, Ring]], split: str) -> None:
    noise = np.random.default_rng(len(name)).integers(60, 140, (SIZE[1], SIZE[0], 3))
    bgr = noise.astype(np.uint8)
    for class_index, ring in objects:
        points = np.array(ring).reshape(-1, 2).round().astype(np.int32)
        cv2.fillPoly(bgr, [points], (20, 20, 230) if class_index == 0 else (230, 20, 20))
    for kind in ("images", "labels"):
        (folder / kind / split).mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(folder / "images" / split / name), bgr)
    label = format_labels([(index, [[ring]]) for index, ring in objects], size_wh=SIZE)
    stem = name.rpartition(".")[0]
    (folder / "labels" / split / f"{stem}.txt").write_bytes(label)


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """Three train images with discs, one of them at the border, and a val image with squares."""
    folder = tmp_path / "version"
    write_image(folder, "a.jpg", [(0, disc(50, 60, 18)), (1, disc(120, 60, 14))], "train")
    write_image(folder, "b.png", [(0, disc(90, 70, 20))], "train")
    write_image(folder, "c.jpg", [(0, disc(5, 60, 18))], "train")
    write_image(folder, "d.jpg", [], "train")
    write_image(folder, "e.jpg", [(1, disc(60, 60, 20))], "val")
    return folder


def request(version: Path, out: Path, **changes: Any) -> dict[str, Any]:
    return {
        "folder": str(version),
        "class_names": NAMES,
        "class_indices": [0],
        "images": 6,
        "seed": 7,
        "max_per_image": 2,
        "out_dir": str(out),
        **changes,
    }


def synthesise(version: Path, out: Path, **changes: Any) -> dict[str, Any]:
    return answer(request(version, out, **changes))


def answer(wanted: Any) -> dict[str, Any]:
    """The last event, without the engine's process: nothing here needs one."""
    events: list[Any] = []
    emit: Any = events.append
    answer_request(wanted, emit, Stopping())
    last: dict[str, Any] = events[-1]
    return last


def records(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "records.jsonl").read_text().splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes(version: Path, tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        assert synthesise(version, tmp_path / name, seed=seed)["images"] == 6
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    ours = {name for name in contents(tmp_path / "one") if name != "records.jsonl"}
    assert len(ours) == 12
    assert ours.isdisjoint(contents(tmp_path / "other"))
    first = cv2.imread(str(next((tmp_path / "one").glob("syn-7-1.[jp]*"))))
    other = cv2.imread(str(next((tmp_path / "other").glob("syn-8-1.[jp]*"))))
    assert first is not None
    assert other is not None
    assert not np.array_equal(first, other)


def test_labels_say_what_was_pasted(version: Path, tmp_path: Path) -> None:
    synthesise(version, tmp_path / "out", class_indices=[0, 1], blends=["none"], images=12)
    for record in records(tmp_path / "out"):
        name = record["name"]
        bgr = cv2.imread(str(tmp_path / "out" / name))
        assert bgr is not None
        assert (bgr.shape[1], bgr.shape[0]) == SIZE
        label = (tmp_path / "out" / name).with_suffix(".txt").read_bytes()
        parsed = parse_labels(label, size_wh=SIZE, class_count=2)
        assert not parsed.problems
        assert len(parsed.rows) == record["instances"]
        assert len(record["pasted_rows"]) == len(record["pasted"]) > 0
        for number, pasted in zip(record["pasted_rows"], record["pasted"], strict=True):
            row = parsed.rows[number]
            assert row.class_index == pasted["class_index"]
            mask = mask_of_polygons(split_ring(row.ring), size_wh=SIZE)
            blue, _, red = bgr[mask].astype(int).mean(axis=0)
            assert (red > blue + 60) == (row.class_index == 0)


def test_rows_that_nothing_was_pasted_over_stay_byte_for_byte(
    version: Path, tmp_path: Path
) -> None:
    label = version / "labels" / "train" / "a.txt"
    # Not as we would write them: a needless digit, and a space at the end.
    rows = [f"{line}0 " for line in label.read_text().splitlines()]
    label.write_text("\n".join(rows) + "\n")
    synthesise(version, tmp_path / "out", images=10, max_per_image=1)
    on_a = [one for one in records(tmp_path / "out") if one["ground"] == "images/train/a.jpg"]
    assert on_a
    kept = 0
    for record in on_a:
        made = (tmp_path / "out" / record["name"]).with_suffix(".txt").read_text().split("\n")
        kept += sum(row in made for row in rows)
    assert kept >= len(on_a)


def test_it_says_what_cannot_be_cut_out(version: Path, tmp_path: Path) -> None:
    last = synthesise(version, tmp_path / "out", class_indices=[0, 1])
    discs, squares = last["classes"]
    assert (discs["objects"], discs["usable"], discs["reasons"]) == (3, 2, {"border": 1})
    assert (squares["objects"], squares["usable"]) == (1, 1)  # that of val is not looked at
    assert last["messages"] == ["disc: only 2 of 3 objects can be cut out: 1 touches the border"]


def test_a_box_that_nobody_outlined_is_not_cut_out(tmp_path: Path) -> None:
    folder = tmp_path / "version"
    write_image(folder, "a.png", [(0, [40, 30, 90, 30, 90, 80, 40, 80])], "train")
    last = synthesise(folder, tmp_path / "out")
    assert last["images"] == 0
    assert last["classes"][0]["reasons"] == {"box": 1}
    assert last["messages"] == [
        "disc: none of 1 object can be cut out: 1 is a box without an outline"
    ]


def test_so_many_of_each_class(version: Path, tmp_path: Path) -> None:
    changes = {"class_indices": [0, 1], "images": 0, "instances_per_class": 5}
    last = synthesise(version, tmp_path / "out", **changes)
    assert [found["pasted"] for found in last["classes"]] == [5, 5]


def test_only_a_survey(version: Path, tmp_path: Path) -> None:
    last = synthesise(version, tmp_path / "out", images=0)
    assert last["images"] == 0
    assert last["classes"][0]["usable"] == 2


def test_no_place_at_all_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without jitter the only object is pasted where it is, and would cover itself."""
    monkeypatch.setattr(synthesising, "PLACE_JITTER", 0.0)
    monkeypatch.setattr(synthesising, "SIZE_JITTER", 0.0)
    folder = tmp_path / "version"
    write_image(folder, "a.png", [(0, disc(80, 60, 55))], "train")
    last = synthesise(folder, tmp_path / "out")
    assert last["images"] == 0
    assert "no place was found" in last["messages"][-1]


@pytest.mark.parametrize(
    "changes",
    [
        {"class_indices": []},
        {"class_indices": [2]},
        {"instances_per_class": 3},
        {"images": 200_000},
        {"max_per_image": 0},
        {"blends": ["glue"]},
        {"seed": -1},
        {"sources": []},
    ],
)
def test_requests_that_are_refused(version: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(EngineError) as refused:
        synthesise(version, tmp_path / "out", **changes)
    assert refused.value.code == "bad_request"


def test_images_by_a_list(version: Path, tmp_path: Path) -> None:
    changed = request(version, tmp_path / "out", images=2)
    del changed["folder"]
    changed["sources"] = [
        {
            "image": str(version / "images" / "train" / name),
            "label": str(version / "labels" / "train" / f"{name[0]}.txt"),
        }
        for name in ("a.jpg", "b.png")
    ]
    assert answer(changed)["images"] == 2


@pytest.mark.slow
def test_a_cancelled_one_stops(version: Path, tmp_path: Path) -> None:
    process = start_engine("synthesise", request(version, tmp_path / "out", images=100_000))
    assert process.stdout
    for line in process.stdout:
        if json.loads(line)["type"] == "progress":
            break
    process.terminate()
    assert finish_engine(process).last["type"] == "cancelled"


@given(
    habit=st.builds(Habit, *[st.floats(0.01, 1)] * 3),
    jitter=st.tuples(*[st.floats(-0.5, 0.5)] * 3),
    size=st.tuples(st.integers(16, 4000), st.integers(16, 4000)),
    side=st.integers(12, 300),
)
def test_places_are_those_of_the_class(
    habit: Habit, jitter: tuple[float, ...], size: tuple[int, int], side: int
) -> None:
    mask: Mask = np.ones((side, side), dtype=bool)
    cutout = Cutout(0, np.zeros((side, side, 3), dtype=np.uint8), mask, None)
    place = draw_place(habit, jitter, cutout, size, mirrored=False)
    wanted = habit.size * np.exp(jitter[2]) * np.sqrt(size[0] * size[1])
    if place is None:
        assert not LEAST_SCALE <= wanted / side <= MOST_SCALE
    else:
        assert place.scale * side == pytest.approx(wanted)
        assert place.center_xy == pytest.approx(
            ((habit.x + jitter[0]) * size[0], (habit.y + jitter[1]) * size[1])
        )
