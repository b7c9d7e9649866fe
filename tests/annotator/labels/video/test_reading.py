"""Reading videos: what they say, when each frame is shown, and how it looks."""

import gc
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from annotator.labels.video.reading import VideoError, VideoReader
from tests.annotator.videos import scene, scenes, write_sound, write_video
from tests.real_data import REAL_DATA
from tests.services import REPOSITORY


def times(path: Path) -> list[int]:
    with VideoReader(str(path)) as reader:
        return [frame.time_ms for frame in reader.frames()]


def corner_of_mark(path: Path) -> tuple[tuple[int, int], tuple[int, int]]:
    """The size of the first frame, and in which corner (x, y) its white mark is."""
    with VideoReader(str(path)) as reader:
        rgb = reader.to_rgb(next(reader.frames()))
        assert (reader.facts.width, reader.facts.height) == (rgb.shape[1], rgb.shape[0])
    corners = {(x, y): int(rgb[y * -5 + 2, x * -5 + 2].mean()) for x in (0, 1) for y in (0, 1)}
    return (rgb.shape[1], rgb.shape[0]), max(corners, key=corners.__getitem__)


def marked() -> np.ndarray:
    image = np.zeros((64, 96, 3), np.uint8)
    image[:16, :16] = 255
    return image


def test_a_video_says_what_it_is(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", scenes(30), fps=10)
    with VideoReader(str(path)) as reader:
        facts = reader.facts
        frames = list(reader.frames())
    assert (facts.width, facts.height, facts.frames, facts.fps) == (96, 64, 30, 10.0)
    assert (facts.duration_ms, facts.codec, facts.container) == (3000, "h264", "mov")
    assert (facts.rotation, facts.is_hdr, facts.bits, facts.has_sound) == (0, False, 8, False)
    assert [frame.number for frame in frames] == list(range(30))
    assert [frame.time_ms for frame in frames] == [100 * number for number in range(30)]


def test_times_come_from_the_frames_and_not_from_their_count(tmp_path: Path) -> None:
    shown = [0, 40, 80, 1000, 1040, 5000]
    path = write_video(tmp_path / "vfr.mkv", scenes(6), fps=25, times_ms=shown)
    assert times(path) == shown


def test_a_stream_that_starts_later_starts_at_0(tmp_path: Path) -> None:
    path = write_video(tmp_path / "late.mkv", scenes(3), times_ms=[7000, 7100, 7200])
    assert times(path) == [0, 100, 200]


@pytest.mark.parametrize(
    ("rotation", "size", "corner", "said"),
    [
        (None, (96, 64), (0, 0), 0),
        (-90, (64, 96), (1, 0), 90),
        (90, (64, 96), (0, 1), 270),
        (180, (96, 64), (1, 1), 180),
    ],
)
def test_frames_are_turned_as_players_show_them(
    tmp_path: Path, rotation: int | None, size: tuple[int, int], corner: tuple[int, int], said: int
) -> None:
    path = write_video(tmp_path / "r.mp4", [marked()] * 3, rotation=rotation)
    assert corner_of_mark(path) == (size, corner)
    with VideoReader(str(path)) as reader:
        assert reader.facts.rotation == said


def test_a_frame_is_let_go_once_it_was_used(tmp_path: Path) -> None:
    """PyAV's side data and their frame name each other: memory would grow with the frames."""
    gc.disable()
    try:
        path = write_video(tmp_path / "r.mp4", [marked()] * 60, rotation=-90)
        gc.collect()
        with VideoReader(str(path)) as reader:
            for frame in reader.frames():
                reader.to_rgb(frame)
                reader.to_grey(frame)
            kept = [each for each in gc.get_objects() if type(each) is av.VideoFrame]
        assert len(kept) < 30  # those that a decoder gives at once
    finally:
        gc.enable()


def test_pixels_that_are_not_square_are_stretched(tmp_path: Path) -> None:
    path = write_video(tmp_path / "wide.mkv", [marked()] * 3, aspect=Fraction(2))
    assert corner_of_mark(path) == ((192, 64), (0, 0))


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le", "yuv444p"])
def test_colours_are_those_that_were_drawn(tmp_path: Path, pixels: str) -> None:
    colors = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (128, 128, 128)]
    frames = [np.full((64, 96, 3), color, np.uint8) for color in colors]
    path = write_video(tmp_path / "c.mkv", frames, pixels=pixels)
    with VideoReader(str(path)) as reader:
        assert reader.facts.bits == (10 if "10" in pixels else 8)
        for frame, color in zip(reader.frames(), colors, strict=True):
            mean = reader.to_rgb(frame).reshape(-1, 3).mean(axis=0)
            assert np.abs(mean - color).max() < 6


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    rgba = np.zeros((64, 96, 4), np.uint8)
    rgba[:, 48:] = (255, 0, 0, 255)
    path = tmp_path / "alpha.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("qtrle", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "argb"
        frame = av.VideoFrame.from_ndarray(rgba, format="rgba")
        for packet in [*stream.encode(frame), *stream.encode()]:
            container.mux(packet)
    with VideoReader(str(path)) as reader:
        assert reader.facts.has_alpha
        rgb = reader.to_rgb(next(reader.frames()))
    assert rgb[10, 10].tolist() == [255, 255, 255]
    assert rgb[10, 80].tolist() == [255, 0, 0]


def test_a_high_dynamic_range_is_compressed(tmp_path: Path) -> None:
    """Code 0.58 of PQ is diffuse white, 203 cd/m²; above it there still is a difference."""
    from annotator.labels.video.color import PQ, compress_range

    codes = np.array([0.0, 0.3, 0.44, 0.58, 0.7, 0.75])
    grey = np.rint(codes * 65_535).astype(np.uint16)[None, :, None].repeat(3, axis=2)
    shown = compress_range(grey, color_trc=PQ)[0, :, 0].tolist()
    assert shown == sorted(set(shown))
    assert shown[0] == 0
    assert shown[-1] >= 250
    assert 130 < shown[3] < 230


def test_seeking_goes_on_behind_a_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", scenes(40))
    with VideoReader(str(path)) as reader:
        all_frames = [(f.number, f.time_ms, f.pts) for f in reader.frames()]
    for number in range(40):  # the last ones come at once, when the decoder is emptied
        with VideoReader(str(path)) as reader:
            assert reader.seek(number, all_frames[number][2])
            rest = [(frame.number, frame.time_ms, frame.pts) for frame in reader.frames()]
        assert rest == all_frames[number + 1 :]


def test_sound_alone_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="sound alone"):
        VideoReader(str(write_sound(tmp_path / "sound.mp4")))


def test_files_that_name_other_files_are_not_opened(tmp_path: Path) -> None:
    inner = write_video(tmp_path / "inner.ts", scenes(5))
    playlist = tmp_path / "list.mp4"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{inner}\n#EXT-X-ENDLIST\n")
    concat = tmp_path / "concat.mp4"
    concat.write_text(f"ffconcat version 1.0\nfile '{inner}'\n")
    for path in (playlist, concat):
        with pytest.raises(VideoError, match="no video that is read"):
            VideoReader(str(path))


def test_frames_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "big.mp4", [scene(1, size_wh=(640, 480))], size_wh=(640, 480))
    with pytest.raises(VideoError, match=r"640 × 480|no video"):
        VideoReader(str(path), max_megapixels=0.1)


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"\x1a\x45\xdf\xa3" + b"\xff" * 300])
def test_what_is_no_video_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.mkv"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"\."):
        VideoReader(str(path))


@pytest.mark.real_data
@pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason=f"no real data in {REAL_DATA}; name it with SEGLOOP_REAL_DATA"
)
@pytest.mark.parametrize(
    ("name", "count", "last_ms", "declared"),
    [
        ("asl-hand-gesture.mkv", 63, 2067, None),
        ("bottle-detection.mp4", 1189, 39_821, 1189),
        ("car-detection.mp4", 377, 30_080, 377),
        ("one-by-one-person-detection.mp4", 1394, 139_300, 1394),
    ],
)
def test_real_videos(name: str, count: int, last_ms: int, declared: int | None) -> None:
    with VideoReader(str(REAL_DATA / "videos" / name)) as reader:
        assert reader.facts.frames == declared
        frames = [(frame.number, frame.time_ms) for frame in reader.frames()]
        assert (len(frames), frames[-1][1], reader.damaged) == (count, last_ms, 0)


LEAVE_EARLY = """
import sys
from annotator.labels.video.reading import VideoReader
for _ in range(150):
    with VideoReader(sys.argv[1]) as one, VideoReader(sys.argv[1]) as other:
        list(zip(range(2), one.frames(), other.frames()))
"""


def test_no_thread_of_a_decoder_waits_to_log(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", scenes(3))
    with VideoReader(str(path)):
        assert av.logging.get_level() is None


@pytest.mark.real_data
@pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason=f"no real data in {REAL_DATA}; name it with SEGLOOP_REAL_DATA"
)
def test_a_video_is_left_in_its_middle_again_and_again() -> None:
    """Its decoder logs while it is closed; with a level of logging this hung for good."""
    video = REAL_DATA / "videos" / "asl-hand-gesture.mkv"
    command = [sys.executable, "-c", LEAVE_EARLY, str(video)]
    subprocess.run(command, check=True, timeout=120, cwd=REPOSITORY)
