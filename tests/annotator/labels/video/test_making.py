"""MP4 files that are made of a video: times, sound, what is drawn; and recordings of streams."""

import io
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from annotator.labels.video import making
from annotator.labels.video.burning import Drawing
from annotator.labels.video.frame_at import frame_at
from annotator.labels.video.making import make_mp4
from annotator.labels.video.packets import timed
from annotator.labels.video.reading import VideoError, VideoReader
from annotator.labels.video.recording import record
from tests.annotator.videos import remux, scenes, write_video
from tests.real_data import REAL_DATA


def facts_and_times(path: Path) -> tuple[Any, list[int], int]:
    with VideoReader(str(path)) as reader:
        times = [frame.time_ms for frame in reader.frames()]
        return reader.facts, times, reader.start_ms


def add_sound(source: Path, target: Path, codec: str) -> Path:
    """Copy a video and put two seconds of a tone beside it."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = old.streams.video[0]
        made = new.add_stream_from_template(stream)
        sound: Any = new.add_stream(codec, rate=48_000)
        sound.layout = "mono"
        for packet in old.demux(stream):
            if packet.dts is not None:
                packet.stream = made
                new.mux(packet)
        wave = np.sin(np.arange(96_000) / 20).astype(np.float32)[None]
        resampler = av.AudioResampler(format=sound.format, layout="mono", rate=48_000)
        frame = av.AudioFrame.from_ndarray(wave, "fltp", "mono")
        frame.sample_rate, frame.pts = 48_000, 0
        fifo = av.AudioFifo()
        for piece in resampler.resample(frame):
            fifo.write(piece)
        while (read := fifo.read(sound.frame_size or 1024, partial=True)) is not None:
            for packet in sound.encode(read):
                new.mux(packet)
        for packet in sound.encode():
            new.mux(packet)
    return target


def sound_of(path: Path) -> tuple[str, float]:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        last = 0.0
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                last = float((packet.pts + (packet.duration or 0)) * packet.time_base)
        return stream.codec_context.name, last


def is_fast_start(path: Path) -> bool:
    head = path.read_bytes()[:400_000]
    return 0 <= head.find(b"moov") < head.find(b"mdat")


def test_h264_in_another_container_is_copied(tmp_path: Path) -> None:
    shown = [0, 40, 80, 1000, 1040, 3000]
    source = write_video(tmp_path / "vfr.mkv", scenes(6), fps=25, times_ms=shown)
    notes = make_mp4(source, tmp_path / "out.mp4")
    facts, times, _ = facts_and_times(tmp_path / "out.mp4")
    assert (notes, facts.codec, facts.container, times) == ([], "h264", "mov", shown)
    assert is_fast_start(tmp_path / "out.mp4")
    pixels = [frame_at(str(path), 3, None) for path in (source, tmp_path / "out.mp4")]
    assert pixels[0] == pixels[1], "its images are those of the source"


def test_other_codecs_are_encoded_at_the_same_times(tmp_path: Path) -> None:
    shown = [0, 40, 80, 1000, 1040, 3000]
    source = write_video(tmp_path / "old.mkv", scenes(6), fps=25, times_ms=shown, codec="mpeg4")
    make_mp4(source, tmp_path / "out.mp4")
    facts, times, _ = facts_and_times(tmp_path / "out.mp4")
    assert (facts.codec, facts.pixel_format, times) == ("h264", "yuv420p", shown)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_what_starts_later_starts_as_late(tmp_path: Path, codec: str) -> None:
    times = [700, 800, 900, 1000]
    source = write_video(tmp_path / "late.mkv", scenes(4), times_ms=times, codec=codec)
    make_mp4(source, tmp_path / "out.mp4")
    _, shown, start_ms = facts_and_times(tmp_path / "out.mp4")
    assert (shown, start_ms) == ([0, 100, 200, 300], 700)


def test_turned_and_odd_sizes_are_shown_as_players_do(tmp_path: Path) -> None:
    image = np.zeros((63, 95, 3), np.uint8)
    image[:16, :16] = 255
    source = write_video(
        tmp_path / "r.mov", [image] * 3, size_wh=(95, 63), rotation=-90, codec="mjpeg",
        pixels="yuvj420p",
    )  # fmt: skip
    make_mp4(source, tmp_path / "out.mp4")
    with VideoReader(str(tmp_path / "out.mp4")) as reader:
        rgb = reader.to_rgb(next(reader.frames()))
        assert (reader.facts.width, reader.facts.height, reader.facts.rotation) == (64, 96, 0)
    assert rgb[2, -4].mean() > 200, "the white mark is in the corner to the right"
    assert rgb[-3, 2].mean() < 60


@pytest.mark.parametrize(("codec", "made"), [("aac", "aac"), ("libmp3lame", "mp3float")])
def test_sound_is_copied(tmp_path: Path, codec: str, made: str) -> None:
    silent = write_video(tmp_path / "silent.mkv", scenes(20), fps=10)
    source = add_sound(silent, tmp_path / "loud.mkv", codec)
    notes = make_mp4(source, tmp_path / "out.mp4", draw=lambda number, rgb: None)
    name, end = sound_of(tmp_path / "out.mp4")
    assert (notes, name.removesuffix("float")) == ([], made.removesuffix("float"))
    assert abs(end - 2.0) < 0.1


def test_sound_that_mp4_does_not_hold_is_encoded(tmp_path: Path) -> None:
    silent = write_video(tmp_path / "silent.mkv", scenes(20), fps=10)
    source = add_sound(silent, tmp_path / "loud.mkv", "pcm_s16le")
    assert make_mp4(source, tmp_path / "out.mp4") == []
    name, end = sound_of(tmp_path / "out.mp4")
    assert name == "aac"
    assert abs(end - 2.0) < 0.1


def test_masks_are_drawn_where_they_were_found(tmp_path: Path) -> None:
    black = [np.zeros((64, 96, 3), np.uint8)] * 6
    source = write_video(tmp_path / "black.mp4", black)
    square = [10, 10, 40, 10, 40, 40, 10, 40]
    item = {"polygon": square, "box": [10, 10, 40, 40], "color": [255, 0, 0], "label": "cat 90%"}
    lines = [{"frame": 0, "objects": []}, {"frame": 2, "objects": [item]}]
    lines.append({"frame": 4, "objects": []})
    (tmp_path / "drawn.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    drawing = Drawing(tmp_path / "drawn.jsonl", with_boxes=False)
    make_mp4(source, tmp_path / "out.mp4", draw=drawing)
    reds = []
    with VideoReader(str(tmp_path / "out.mp4")) as reader:
        for frame in reader.frames():
            rgb = reader.to_rgb(frame)
            reds.append(int(rgb[25, 25, 0]) > 60)
            assert rgb[55, 80].max() < 30
    assert reds == [False, False, True, True, False, False], "it stays until the next line"


def test_what_is_cut_short_gives_what_decodes(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mp4", scenes(40))
    source = remux(whole, tmp_path / "cut.mkv", most_packets=25)
    content = source.read_bytes()
    source.write_bytes(content[: len(content) * 9 // 10])
    _, times, _ = facts_and_times(source)
    make_mp4(source, tmp_path / "out.mp4", draw=lambda number, rgb: None)
    assert facts_and_times(tmp_path / "out.mp4")[1] == times
    (tmp_path / "no.mkv").write_bytes(b"\x1a\x45\xdf\xa3" + b"\xff" * 300)
    with pytest.raises(VideoError):
        make_mp4(tmp_path / "no.mkv", tmp_path / "out.mp4")


# --- recording -------------------------------------------------------------------------------


class Stream(io.RawIOBase):
    """Bytes that come once, as from a pipe."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._content.read(size)


def test_a_stream_is_recorded_for_a_time(tmp_path: Path) -> None:
    source = write_video(tmp_path / "live.ts", scenes(60), fps=10)
    recorded = record(Stream(source.read_bytes()), tmp_path / "out.mkv", 3.0, options={})
    assert recorded == 3.0
    facts, times, _ = facts_and_times(tmp_path / "out.mkv")
    assert (facts.codec, facts.container, times[0]) == ("h264", "matroska", 0)
    assert 2600 <= times[-1] <= 3000


def test_a_stream_that_breaks_off_keeps_what_came(tmp_path: Path) -> None:
    content = write_video(tmp_path / "live.ts", scenes(60), fps=10).read_bytes()
    recorded = record(Stream(content[: len(content) // 2]), tmp_path / "out.mkv", 60.0, options={})
    assert 1.5 < recorded < 4.5
    assert facts_and_times(tmp_path / "out.mkv")[1][-1] > 1500


@pytest.mark.parametrize("content", [b"", b"hello" * 1000])
def test_what_is_no_stream_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(VideoError, match=r"\."):
        record(Stream(content), tmp_path / "out.mkv", 3.0, options={})


def test_times_of_fractions_stay_exact(tmp_path: Path) -> None:
    path = tmp_path / "ntsc.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=Fraction(30_000, 1001))
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for image in scenes(10):
            for packet in stream.encode(av.VideoFrame.from_ndarray(image)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    make_mp4(path, tmp_path / "out.mp4")
    assert facts_and_times(tmp_path / "out.mp4")[1] == facts_and_times(path)[1]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_video(tmp_path / "clip.mkv", scenes(24))


def test_a_whole_copy_is_kept(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_encode", None)  # not called
    told: list[int] = []
    assert make_mp4(source, source.with_suffix(".mp4"), tell=told.append) == []
    assert facts_and_times(source.with_suffix(".mp4"))[1] == facts_and_times(source)[1]
    assert told[-1] == 24 - 1


@pytest.mark.parametrize("kept", [0, 1, 24 - 1])
def test_a_copy_that_lacks_frames_is_encoded_instead(
    source: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    def some(packets: Iterator[Any]) -> Iterator[Any]:
        for number, packet in enumerate(timed(packets)):
            if number < kept:
                yield packet

    monkeypatch.setattr(making, "timed", some)
    make_mp4(source, source.with_suffix(".mp4"))
    assert facts_and_times(source.with_suffix(".mp4"))[1] == facts_and_times(source)[1]


def test_a_stop_is_heard_while_the_copy_is_checked(source: Path) -> None:
    class StopError(Exception):
        pass

    def stop(number: int) -> None:
        if number == 24 // 2:
            raise StopError

    with pytest.raises(StopError):
        make_mp4(source, source.with_suffix(".mp4"), tell=stop)


@pytest.mark.real_data
@pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason=f"no real data in {REAL_DATA}; name it with SEGLOOP_REAL_DATA"
)
def test_a_header_that_lies_about_the_count(tmp_path: Path) -> None:
    make_mp4(REAL_DATA / "videos" / "asl-hand-gesture.mkv", tmp_path / "asl.mp4")
    assert len(facts_and_times(tmp_path / "asl.mp4")[1]) == 63
