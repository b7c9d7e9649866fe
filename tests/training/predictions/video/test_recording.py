"""Predictions on live streams: recorded first, whatever becomes of the stream."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from annotator.imports.arriving.addresses import AddressError
from annotator.labels.video.reading import VideoReader
from tests.annotator.videos import scenes, write_video
from training import paths
from training.jobs.engine_job import RefusedError
from training.models import Prediction, SourceKind
from training.predictions.video.recording import (
    StoppedError,
    check_stream_address,
    record_stream,
)

from .conftest import MakePrediction


class Camera:
    """A server on this machine that sends a video piece by piece."""

    def __init__(self, content: bytes, *, pause_seconds: float, ends: bool) -> None:
        camera = self
        self.content, self.pause_seconds, self.ends = content, pause_seconds, ends

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/live.ts" else 404)
                self.end_headers()
                try:
                    for start in range(0, len(camera.content), 1316):
                        self.wfile.write(camera.content[start : start + 1316])
                        time.sleep(camera.pause_seconds)
                    while not camera.ends:
                        time.sleep(0.1)
                except OSError:
                    pass

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def address(self, path: str = "/live.ts") -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"


@pytest.fixture
def camera(tmp_path: Path, settings: Settings) -> Iterator[Camera]:
    settings.IMPORT_PRIVATE_URLS = True
    content = write_video(tmp_path / "live.ts", scenes(60), fps=10).read_bytes()
    camera = Camera(content, pause_seconds=0.0, ends=True)
    yield camera
    camera.ends = True
    camera.server.shutdown()


def stream(make_prediction: MakePrediction, address: str, seconds: float) -> Prediction:
    prediction = make_prediction(
        **{"source_kind": SourceKind.STREAM, "source": {"address": address}},
        **{"options": {"seconds": seconds}, "state": "running", "lease_owner": "here:1:x"},
    )
    paths.prediction_source_dir(prediction).joinpath("video.mp4").unlink()
    return prediction


def recorded(prediction: Prediction) -> tuple[Any, int]:
    prediction.refresh_from_db()
    with VideoReader(str(paths.prediction_video_path(prediction))) as reader:
        return prediction.source, [frame.time_ms for frame in reader.frames()][-1]


def test_so_many_seconds_are_recorded(make_prediction: MakePrediction, camera: Camera) -> None:
    prediction = stream(make_prediction, camera.address(), 3)
    record_stream(prediction, lambda: False)
    source, last_ms = recorded(prediction)
    assert (source["file"], source["recorded_ms"]) == ("recording.mkv", 3000)
    assert "problem" not in source
    assert 2600 <= last_ms <= 3000


def test_a_stream_that_breaks_off_keeps_what_came(
    make_prediction: MakePrediction, camera: Camera
) -> None:
    prediction = stream(make_prediction, camera.address(), 600)
    record_stream(prediction, lambda: False)
    source, last_ms = recorded(prediction)
    assert source["problem"].startswith("It broke off: 5.")
    assert source["problem"].endswith(" s of 600 s were recorded.")
    assert last_ms >= 5500


def test_stopped_by_a_person_nothing_is_left(
    make_prediction: MakePrediction, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.kernel.child_stream.TICK_SECONDS", 0.2)
    camera.ends = False
    prediction = stream(make_prediction, camera.address(), 600)
    with pytest.raises(StoppedError):
        record_stream(prediction, lambda: True)
    assert not list(paths.prediction_source_dir(prediction).iterdir())


def test_what_a_dead_worker_recorded_is_kept(
    make_prediction: MakePrediction, camera: Camera
) -> None:
    prediction = stream(make_prediction, camera.address(), 3)
    record_stream(prediction, lambda: False)
    target = paths.prediction_video_path(prediction)
    target.rename(target.with_suffix(".part"))
    target.with_suffix(".json").write_text('{"seconds": 2.0}')
    prediction.source = {"address": camera.address("/gone")}
    record_stream(prediction, lambda: False)
    source, _ = recorded(prediction)
    assert source["problem"] == "It broke off: 2.0 s of 3 s were recorded."


def test_what_sends_no_video_is_refused(make_prediction: MakePrediction, camera: Camera) -> None:
    prediction = stream(make_prediction, camera.address("/other"), 3)
    with pytest.raises(RefusedError, match="404"):
        record_stream(prediction, lambda: False)
    camera.content = b"hello" * 1000
    prediction = stream(make_prediction, camera.address(), 3)
    with pytest.raises(RefusedError, match="No video came"):
        record_stream(prediction, lambda: False)


def test_addresses_inside_the_network_are_refused(
    make_prediction: MakePrediction, camera: Camera, settings: Settings
) -> None:
    settings.IMPORT_PRIVATE_URLS = False
    prediction = stream(make_prediction, camera.address(), 3)
    with pytest.raises(RefusedError, match="inside this network"):
        record_stream(prediction, lambda: False)
    for address in (
        "rtsp://10.0.0.7/stream",
        "rtsp://admin:secret@127.0.0.1:8554/x",
        "file:///etc/passwd",
        "rtmp://example.org/live",
        "concat:a|b",
    ):
        with pytest.raises(AddressError):
            check_stream_address(address)
    assert check_stream_address("rtsp://user:word@93.184.216.34:8554/a").hostname == "93.184.216.34"
