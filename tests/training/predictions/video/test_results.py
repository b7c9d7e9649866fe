"""What the API answers of a prediction on a video."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from tests.annotator.conftest import client_of
from tests.annotator.videos import scenes, write_video
from training import paths
from training.models import Prediction, VideoFile
from training.predictions.video.columns import NO_TRACK, Columns, ColumnsWriter, read_columns
from training.predictions.video.facts import has_variable_rate, is_played
from training.predictions.video.results import count_over_time

from .conftest import MakePrediction, store_frames

FACTS = {
    **{"width": 96, "height": 64, "fps": 10.0, "frame_count": 4, "duration_ms": 400},
    **{"start_ms": 0, "is_variable": False, "codec": "h264", "has_audio": False, "rotation": 0},
    **{"problems": [], "notes": [], "file": "video.mp4", "is_played": True},
}


@pytest.fixture
def prediction(make_prediction: MakePrediction) -> Prediction:
    """Four frames: a cat that is followed throughout, a dog on two."""
    prediction = make_prediction(state="finished", video=FACTS)
    store_frames(
        prediction,
        [
            [(0, 0.9, 1)],
            [(0, 0.5, 1), (1, 0.3, None)],
            [],
            [(0, 0.2, 1), (1, 0.6, 2)],
        ],
    )
    write_video(paths.prediction_video_path(prediction), scenes(4), fps=10)
    return prediction


@pytest.fixture
def member(prediction: Prediction) -> APIClient:
    assert prediction.dataset
    return client_of(prediction.dataset.memberships.get().user)


def get(member: APIClient, prediction: Prediction, name: str, **query: Any) -> Any:
    answer = member.get(f"/api/predictions/{prediction.pk}/{name}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_payload_holds_the_video(member: APIClient, prediction: Prediction) -> None:
    video = get(member, prediction, "")["video"]
    assert (video["width"], video["frame_count"], video["playing"]) == (96, 4, "ready")
    assert "is_played" not in video


def test_frames_of_positions(member: APIClient, prediction: Prediction) -> None:
    answer = get(member, prediction, "frames/", **{"from": 1, "to": 3})
    assert answer["total"] == 4
    assert [frame["position"] for frame in answer["frames"]] == [1, 2]
    first = answer["frames"][0]
    assert (first["frame"], first["time_ms"]) == (1, 100)
    assert first["instances"] == [
        [0, 0.5, 1, [1, 1, 9, 1, 9, 9]],
        [1, 0.3, None, [1, 1, 9, 1, 9, 9]],
    ]
    assert len(get(member, prediction, "frames/")["frames"]) == 4
    assert get(member, prediction, "frames/", **{"from": 3, "to": 1})["frames"] == []
    for wrong in ({"from": -1}, {"from": "x"}, {"until": 3}):
        answer = member.get(f"/api/predictions/{prediction.pk}/frames/", wrong)
        assert answer.status_code == 400


def test_at_most_500_frames_at_once(member: APIClient, prediction: Prediction) -> None:
    image = prediction.images.first()
    assert image
    prediction.images.all().delete()
    for number in range(600):
        image.pk, image.position, image.frame = None, number, number
        image.save(force_insert=True)
    assert len(get(member, prediction, "frames/", **{"from": 0, "to": 5000})["frames"]) == 500


def test_the_timeline_counts_for_every_confidence(
    member: APIClient, prediction: Prediction
) -> None:
    line = get(member, prediction, "timeline/", bins=2)
    assert line["floors"][0] == 0.05
    assert line["times_ms"] == [0.0, 200.0, 400.0]
    assert (line["frames"], line["first_positions"]) == ([2, 2], [0, 2])
    cats, dogs = line["classes"]
    assert (cats["class_index"], dogs["class_index"]) == (0, 1)

    def at(item: Any, confidence: float) -> list[int]:
        counts: list[int] = item["counts"][line["floors"].index(confidence)]
        return counts

    assert (at(cats, 0.05), at(cats, 0.2), at(cats, 0.25), at(cats, 0.9), at(cats, 0.95)) == (
        [2, 1],
        [2, 1],
        [2, 0],
        [1, 0],
        [0, 0],
    )
    assert (at(dogs, 0.3), at(dogs, 0.6), at(dogs, 0.65)) == ([1, 1], [0, 1], [0, 0])
    assert len(get(member, prediction, "timeline/")["frames"]) == 4, "no more bins than frames"


def test_a_timeline_of_100_000_frames_needs_no_rows(
    django_assert_num_queries: DjangoAssertNumQueries, prediction: Prediction
) -> None:
    rng = np.random.default_rng(1)
    count, each = 100_000, 4
    frames = np.zeros(count, dtype=read_columns(prediction).frames.dtype)
    frames["frame"] = np.arange(count)
    frames["time_ms"] = frames["frame"] * 40
    frames["first"], frames["count"] = np.arange(count) * each, each
    objects = np.zeros(count * each, dtype=read_columns(prediction).objects.dtype)
    objects["position"] = np.repeat(np.arange(count), each)
    objects["class_index"] = rng.integers(0, 80, count * each)
    objects["confidence"] = rng.uniform(0.05, 1, count * each)
    with django_assert_num_queries(0):
        line = count_over_time(Columns(frames, objects), 500)
    assert sum(sum(item["counts"][0]) for item in line["classes"]) == count * each
    assert len(line["classes"]) == 80


def test_tracks_are_from_their_first_frame_to_their_last(
    member: APIClient, prediction: Prediction
) -> None:
    assert get(member, prediction, "tracks/") == [
        {
            **{"track": 1, "class_index": 0, "from_ms": 0, "to_ms": 300, "from_position": 0},
            **{"to_position": 3, "frames": 3, "best_position": 0, "best_confidence": 0.9},
        },
        {
            **{"track": 2, "class_index": 1, "from_ms": 300, "to_ms": 300, "from_position": 3},
            **{"to_position": 3, "frames": 1, "best_position": 3, "best_confidence": 0.6},
        },
    ]


def test_a_line_of_csv_a_frame(member: APIClient, prediction: Prediction) -> None:
    Prediction.objects.filter(pk=prediction.pk).update(class_names=["=cat()", "dog"])
    answer = member.get(f"/api/predictions/{prediction.pk}/frames.csv?confidence=0.3")
    content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    head, *lines = csv.reader(io.StringIO(content))
    assert head[:4] == ["position", "frame", "time_ms", "objects"]
    assert head[4] != "=cat()", "no cell is a formula"
    assert lines == [
        ["0", "0", "0", "1", "1", "0"],
        ["1", "1", "100", "2", "1", "1"],
        ["2", "2", "200", "0", "0", "0"],
        ["3", "3", "300", "1", "0", "1"],
    ]


def test_a_frame_is_the_one_that_was_predicted_on(
    member: APIClient, prediction: Prediction
) -> None:
    from annotator.labels.video.frame_at import frame_at

    # As a decoder knows the times of these frames; the rows of the test have their numbers alone.
    writer = ColumnsWriter(prediction, 0)
    writer.close()
    url = f"/api/predictions/{prediction.pk}/frames/"
    images = [member.get(f"{url}{position}.jpg") for position in range(4)]
    assert {image["Content-Type"] for image in images} == {"image/jpeg"}
    assert len({image.content for image in images}) == 4
    video = str(paths.prediction_video_path(prediction))
    assert images[2].content == frame_at(video, 2, None)
    assert paths.frame_path(prediction, 2).read_bytes() == images[2].content
    assert member.get(f"{url}4.jpg").status_code == 404
    paths.prediction_video_path(prediction).write_bytes(b"no video")
    paths.frame_path(prediction, 1).unlink()
    answer = member.get(f"{url}1.jpg")
    assert (answer.status_code, answer.json()["code"]) == (409, "frame_unreadable")


def test_the_video_comes_in_ranges(member: APIClient, prediction: Prediction) -> None:
    url = f"/api/predictions/{prediction.pk}/video"
    content = paths.prediction_video_path(prediction).read_bytes()
    whole = member.get(url)
    assert (whole.status_code, whole["Content-Type"]) == (200, "video/mp4")
    assert whole["Accept-Ranges"] == "bytes"
    part = member.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part["Content-Length"]) == (206, "10")
    assert part["Content-Range"] == f"bytes 10-19/{len(content)}"


def test_a_video_that_browsers_do_not_play_is_made_over(
    member: APIClient, prediction: Prediction
) -> None:
    video = {**FACTS, "is_played": False}
    Prediction.objects.filter(pk=prediction.pk).update(video=video)
    url = f"/api/predictions/{prediction.pk}/video"
    for _ in range(2):
        answer = member.get(url)
        assert (answer.status_code, answer.json()["code"]) == (409, "video_not_ready")
    (file,) = VideoFile.objects.all()
    assert get(member, prediction, "")["video"]["playing"] == "preparing"
    VideoFile.objects.update(state="failed", error="It is damaged.")
    answer = member.get(url)
    assert (answer.json()["code"], "It is damaged." in answer.json()["detail"]) == (
        "video_unplayable",
        True,
    )
    assert get(member, prediction, "")["video"]["playing"] == "failed"
    VideoFile.objects.update(state="finished", error="")
    paths.video_file_path(file).parent.mkdir(parents=True)
    paths.video_file_path(file).write_bytes(b"made")
    assert member.get(url).status_code == 200
    assert get(member, prediction, "")["video"]["playing"] == "ready"


def test_a_prediction_on_images_has_no_video(member: APIClient, prediction: Prediction) -> None:
    Prediction.objects.filter(pk=prediction.pk).update(source_kind="upload", video=None)
    assert get(member, prediction, "")["video"] is None
    for name in ("video", "frames/", "timeline/", "tracks/", "frames.csv", "frames/0.jpg"):
        answer = member.get(f"/api/predictions/{prediction.pk}/{name}")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_video")


def test_burnt_in_files_are_asked_for_once(member: APIClient, prediction: Prediction) -> None:
    url = f"/api/predictions/{prediction.pk}/burnt-in/"
    first = member.post(url, {"confidence": 0.4, "classes": ["dog"]}, format="json")
    assert first.status_code == 202, first.content
    assert first.json()["url"] == ""
    again = member.post(url, {"confidence": 0.4, "classes": ["dog"]}, format="json")
    assert again.json()["id"] == first.json()["id"]
    other = member.post(url, {"with_boxes": True}, format="json")
    assert (other.json()["confidence"], other.json()["classes"]) == (0.25, [])
    assert [file["id"] for file in get(member, prediction, "burnt-in/")] == [
        other.json()["id"],
        first.json()["id"],
    ]
    file_url = f"{url}{first.json()['id']}"
    assert member.get(f"{file_url}.mp4").status_code == 409
    assert member.delete(f"{file_url}/").status_code == 204
    assert member.get(f"{file_url}/").json()["state"] == "cancelled"
    assert member.delete(f"{file_url}/").status_code == 204
    assert member.get(f"{file_url}/").status_code == 404
    wrong = member.post(url, {"classes": ["goose"]}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown_class")
    assert member.post(url, {"klasses": []}, format="json").status_code == 400
    Prediction.objects.filter(pk=prediction.pk).update(state="running")
    assert member.post(url, {}, format="json").json()["code"] == "not_finished"


def test_columns_are_written_anew_from_the_rows(prediction: Prediction) -> None:
    before = read_columns(prediction)
    folder = paths.prediction_frames_dir(prediction)
    (folder / "objects.bin").write_bytes((folder / "objects.bin").read_bytes()[:-5])
    assert len(read_columns(prediction).frames) < 4
    ColumnsWriter(prediction, 4).close()
    after = read_columns(prediction)
    assert after.objects.tolist() == before.objects.tolist()
    assert after.frames["first"].tolist() == before.frames["first"].tolist()
    assert after.objects["track"].tolist().count(NO_TRACK) == 1


@pytest.mark.parametrize(
    ("times", "is_variable"),
    [
        ([0, 33, 67, 100, 133, 167], False),
        ([0, 40, 80, 1000, 1040, 5000], True),
        ([0], False),
        ([*range(0, 4000, 40), 9000], False),  # one gap
    ],
)
def test_a_variable_rate_is_more_than_a_gap(times: list[int], *, is_variable: bool) -> None:
    assert has_variable_rate(np.array(times, dtype=np.uint64)) == is_variable


@pytest.mark.parametrize(
    ("container", "codec", "sound", "pixels", "played"),
    [
        ("mov", "h264", "aac", "yuv420p", True),
        ("mov", "h264", "", "yuvj420p", True),
        ("mov", "h264", "ac3", "yuv420p", False),
        ("mov", "hevc", "aac", "yuv420p", False),
        ("mov", "h264", "aac", "yuv420p10le", False),
        ("matroska", "h264", "aac", "yuv420p", False),
        ("matroska", "vp9", "opus", "yuv420p", True),
        ("avi", "h264", "", "yuv420p", False),
    ],
)
def test_what_browsers_play(
    container: str, codec: str, sound: str, pixels: str, *, played: bool
) -> None:
    facts = {"container": container, "codec": codec, "sound": sound, "pixel_format": pixels}
    assert is_played({**facts, "is_stretched": False}) == played
