"""Videos in a source: their frames come in as images, each once, and what was lost is said."""

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator import paths
from annotator.imports import imports, taking, videos
from annotator.imports.arriving.server_folders import find_source, list_folder
from annotator.imports.arriving.uploads import find_suffix
from annotator.imports.counting import tally_of
from annotator.imports.leftovers import remove_frames
from annotator.imports.undoing import undo_import, work_off_undo
from annotator.kernel import child_stream, jobs
from annotator.kernel.errors import ServiceError
from annotator.models import Import, JobState
from tests.annotator.conftest import Pond, client_of
from tests.annotator.sources import lay_out, picture_bytes, usual_files, zipped
from tests.annotator.videos import scenes, write_sound, write_video

pytestmark = pytest.mark.django_db(transaction=True)

EVERY_5 = {"video": {"every": 5}}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """30 frames in 3 seconds, none like another."""
    return write_video(tmp_path / "videos" / "clip.mp4", scenes(30))


def start(
    pond: Pond, source: Path, options: Mapping[str, object] | None = None, **values: Any
) -> Import:
    job = imports.create_import(
        pond.dataset,
        source_path=str(source),
        source_name=source.name,
        created_by=pond.lead,
        options=options,
        **values,
    )
    done = imports.run_import(job.pk)
    assert done is not None
    return done


def frames_of(pond: Pond) -> list[tuple[str, str, int | None, int | None]]:
    rows = pond.dataset.images.filter(video_frame__isnull=False).order_by("stem")
    return list(rows.values_list("stem", "group", "video_frame", "video_time_ms"))


def lines_of(job: Import, outcome: str = "refused") -> list[str]:
    return [f"{row.file}: {row.reason}" for row in job.rows.filter(outcome=outcome)]


def test_frames_become_images_with_their_video_and_time(pond: Pond, clip: Path) -> None:
    job = start(pond, clip, EVERY_5)
    assert (job.state, job.format, job.has_losses) == ("finished", "video", False)
    assert frames_of(pond) == [
        (f"clip/{number:06}", "clip", number, number * 100) for number in range(0, 30, 5)
    ]
    assert tally_of(job, "images") == {"source": 6, "taken": 6, "repaired": 0, "refused": 0}
    assert {image.status for image in pond.dataset.images.all()} == {"unlabelled"}
    assert len({image.split for image in pond.dataset.images.all()}) == 1
    image = pond.dataset.images.get(video_frame=10)
    assert paths.image_path(image).read_bytes()[:2] == b"\xff\xd8"
    assert not paths.frames_dir(job).exists()


def test_without_a_rule_a_frame_a_second_comes(pond: Pond, clip: Path) -> None:
    start(pond, clip)
    assert [frame for _, _, frame, _ in frames_of(pond)] == [0, 10, 20]


def test_the_same_video_twice_brings_nothing_new(pond: Pond, clip: Path) -> None:
    start(pond, clip, EVERY_5)
    job = start(pond, clip, EVERY_5)
    assert tally_of(job, "images") == {"source": 6, "taken": 0, "repaired": 0, "refused": 6}
    assert len(frames_of(pond)) == 6


def test_several_videos_in_a_folder_with_images(pond: Pond, tmp_path: Path) -> None:
    root = lay_out(tmp_path / "source", usual_files(10))
    write_video(root / "clips" / "cam1" / "a.mp4", scenes(10))
    write_video(root / "clips" / "cam2" / "a.mkv", list(scenes(24))[12:])
    write_sound(root / "clips" / "sound.m4v")
    job = start(pond, root, {"video": {"every": 4}})
    assert job.format == "yolo"
    assert [stem for stem, *_ in frames_of(pond)] == [
        *("cam1/a/000000", "cam1/a/000004", "cam1/a/000008"),
        *("cam2/a/000000", "cam2/a/000004", "cam2/a/000008"),
    ]
    assert tally_of(job, "images") == {"source": 16, "taken": 16, "repaired": 0, "refused": 0}
    assert tally_of(job, "objects")["taken"] == 10
    assert lines_of(job) == ["clips/sound.m4v: It holds sound alone, no images."]
    assert job.has_losses


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_videos_in_an_archive(pond: Pond, clip: Path, tmp_path: Path, kind: str) -> None:
    files = {"set/clip.mp4": clip.read_bytes(), "set/p.png": picture_bytes(1)}
    archive = tmp_path / f"set.{kind}"
    if kind == "zip":
        archive.write_bytes(zipped(files))
    else:
        with tarfile.open(archive, "w") as tar:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    job = start(pond, archive, EVERY_5)
    assert tally_of(job, "images") == {"source": 7, "taken": 7, "repaired": 0, "refused": 0}
    assert len(frames_of(pond)) == 6


def test_each_video_is_in_one_split(pond: Pond, tmp_path: Path) -> None:
    for number in range(6):
        part = list(scenes(100))[number * 10 : number * 10 + 10]
        write_video(tmp_path / "clips" / f"v{number}.mp4", part)
    start(pond, tmp_path / "clips", {"video": {"every": 3}})
    splits: dict[str, set[str]] = {}
    for group, split in pond.dataset.images.values_list("group", "split"):
        splits.setdefault(group, set()).add(split)
    assert all(len(each) == 1 for each in splits.values())
    assert {split for each in splits.values() for split in each} == {"train", "val"}


def test_a_source_of_sound_alone_is_not_taken(pond: Pond, tmp_path: Path) -> None:
    job = start(pond, write_sound(tmp_path / "song.mp4"))
    assert job.state == JobState.FAILED
    assert job.error == "song.mp4: It holds sound alone, no images."


def test_a_broken_end_is_a_loss_with_a_line(pond: Pond, tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mkv", scenes(60))
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    job = start(pond, video, EVERY_5)
    assert job.has_losses
    assert job.images_taken == job.images_source > 2
    (line,) = lines_of(job)
    assert line.startswith("a.mkv: It is cut short or damaged: it can be read up to 0:0")


def test_near_duplicates_are_said(pond: Pond, tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", scenes(40, each=10))
    job = start(pond, video, {"video": {"every": 2}})
    assert (job.images_taken, job.has_losses) == (4, False)
    assert lines_of(job, "repaired") == [
        "a.mp4: 16 frames look like one that is taken and were left out."
    ]


def test_a_dry_run_describes_videos_and_leaves_their_frames(
    pond: Pond, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = start(pond, clip, EVERY_5, is_dry_run=True)
    assert pond.dataset.images.count() == 0
    assert job.preview is not None
    assert job.preview["format_title"] == "Video"
    assert job.preview["images"] == {"source": 6, "taken": 6, "repaired": 0, "refused": 0}
    (video,) = job.preview["videos"]
    facts = ("file", "name", "duration_ms", "frames", "fps", "codec", "chosen", "read", "problem")
    assert [video[name] for name in facts] == [
        *("clip.mp4", "clip", 3000, 30, 10.0, "h264", 6, 30, ""),
    ]
    assert [each["frame_number"] for each in video["thumbnails"]] == [0, 10, 25]
    assert video["thumbnails"][0]["image"].startswith("data:image/jpeg;base64,")
    assert video["scenes"][0]["count"] == 30
    assert paths.frames_dir(job).is_dir()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("decoded twice")

    monkeypatch.setattr(videos, "follow_module", never)
    imports.begin_import(job, EVERY_5)
    done = imports.run_import(job.pk)
    assert done is not None
    assert (done.state, done.images_taken) == ("finished", 6)
    assert not paths.frames_dir(job).exists()


def test_another_rule_after_the_dry_run_reads_again(pond: Pond, clip: Path) -> None:
    job = start(pond, clip, EVERY_5, is_dry_run=True)
    imports.begin_import(job, {"video": {"every": 10}})
    imports.run_import(job.pk)
    assert [frame for _, _, frame, _ in frames_of(pond)] == [0, 10, 20]


def test_cancelled_while_reading_goes_on(
    pond: Pond, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for while the video is read: the import stops, and can go on."""
    source = tmp_path / "two"
    source.mkdir()
    (source / "a.mp4").write_bytes(clip.read_bytes())
    write_video(source / "b.mp4", list(scenes(60))[30:])
    real = child_stream.follow_module
    job = imports.create_import(
        pond.dataset, source_path=str(source), source_name="two", created_by=pond.lead
    )

    def cancel_then_follow(*arguments: Any, **values: Any) -> None:
        real(*arguments, **values)
        imports.cancel_import(Import.objects.get(pk=job.pk))
        values["on_tick"]()

    monkeypatch.setattr(videos, "follow_module", cancel_then_follow)
    stopped = imports.run_import(job.pk)
    assert stopped is not None
    assert (stopped.state, stopped.images_taken) == ("cancelled", 0)
    assert imports.is_resumable(stopped)
    monkeypatch.setattr(videos, "follow_module", real)
    imports.resume_import(stopped)
    done = imports.run_import(job.pk)
    assert done is not None
    assert (done.state, done.images_taken) == ("finished", 6)


def test_killed_between_two_batches_every_frame_is_there_once(
    pond: Pond, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "BATCH_ENTRIES", 7)
    job = imports.create_import(
        pond.dataset,
        source_path=str(clip),
        source_name="clip.mp4",
        created_by=pond.lead,
        options={"video": {"every": 1}},
    )
    real, left = taking.Taking._commit, [3]

    class KilledError(BaseException):
        pass

    def commit(self: Any, batch: Any) -> None:
        if left[0] == 0:
            raise KilledError
        left[0] -= 1
        real(self, batch)

    monkeypatch.setattr(taking.Taking, "_commit", commit)
    with pytest.raises(KilledError):
        imports.run_import(job.pk)
    assert 0 < pond.dataset.images.count() < 30
    left[0] = 100
    jobs.release_lease(Import.objects.get(pk=job.pk))
    done = imports.run_import(job.pk)
    assert done is not None
    assert (done.state, done.images_taken) == ("finished", 30)
    assert [frame for _, _, frame, _ in frames_of(pond)] == list(range(30))


def test_undoing_takes_the_frames_back(pond: Pond, clip: Path) -> None:
    job = start(pond, clip, EVERY_5)
    work_off_undo(undo_import(job).pk)
    assert pond.dataset.images.count() == 0


TRACKS = """<?xml version="1.0"?>
<annotations><version>1.1</version><meta><task><labels><label><name>duck</name>
<type>polygon</type></label></labels></task><source>{source}</source></meta>
<track id="0" label="duck">{shapes}</track></annotations>"""


def tracks(source: str, frames: list[int]) -> bytes:
    shape = (
        '<polygon frame="{n}" keyframe="{key}" outside="0" occluded="0" '
        'points="10,10;{n}0,10;40,50"/>'
    )
    shapes = "".join(shape.format(n=n, key=int(n % 2 == 0)) for n in frames)
    return TRACKS.format(source=source, shapes=shapes).encode()


def test_cvats_tracks_belong_to_the_frames_of_their_video(pond: Pond, tmp_path: Path) -> None:
    """Without a rule every frame is taken, as any may be labelled."""
    root = tmp_path / "task"
    write_video(root / "a.mp4", scenes(12))
    write_video(root / "b.mp4", list(scenes(40))[20:32])
    lay_out(root, {"a.xml": tracks("a.mp4", [2, 3, 4]), "b.xml": tracks("b.mp4", [7, 8])})
    job = start(pond, root)
    assert (job.state, job.format) == ("finished", "cvat")
    assert tally_of(job, "objects") == {"source": 5, "taken": 5, "repaired": 0, "refused": 0}
    assert len(frames_of(pond)) == 24
    rows = pond.dataset.images.filter(instance_count__gt=0).order_by("stem")
    assert list(rows.values_list("stem", "group", "video_frame")) == [
        *(("a/000002", "a", 2), ("a/000003", "a", 3), ("a/000004", "a", 4)),
        *(("b/000007", "b", 7), ("b/000008", "b", 8)),
    ]


def test_labels_of_frames_that_were_not_chosen_are_a_loss(pond: Pond, tmp_path: Path) -> None:
    root = tmp_path / "task"
    write_video(root / "a.mp4", scenes(12))
    lay_out(root, {"annotations.xml": tracks("a.mp4", [2, 3, 4])})
    job = start(pond, root, {"video": {"every": 2}})
    tally = tally_of(job, "objects")
    assert (tally["source"], tally["taken"], tally["refused"]) == (3, 2, 1)
    assert job.has_losses


def test_frames_of_imports_that_are_gone_are_removed(pond: Pond, clip: Path) -> None:
    job = start(pond, clip, EVERY_5, is_dry_run=True)
    remove_frames()
    assert paths.frames_dir(job).is_dir()
    Import.objects.filter(pk=job.pk).delete()
    remove_frames()
    assert not paths.frames_dir(job).exists()


def test_a_rule_that_is_none_is_refused(pond: Pond, clip: Path) -> None:
    with pytest.raises(ServiceError, match="one of every, fps and scene"):
        start(pond, clip, {"video": {"every": 2, "fps": 1}})


def test_the_api_takes_a_rule_and_refuses_what_is_none(pond: Pond, clip: Path) -> None:
    job = start(pond, clip, is_dry_run=True)
    client = client_of(pond.lead)
    preview = client.get(f"/api/imports/{job.pk}/preview/").data
    assert preview["videos"][0]["chosen"] == 3
    assert preview["video_rule"] == {}
    url = f"/api/imports/{job.pk}/begin/"
    for rule in ({"every": 0}, {"evry": 2}, {"every": 2, "fps": 1}, {"scene": 3}):
        answer = client.post(url, {"format": "video", "video": rule}, format="json")
        assert answer.status_code == 400, rule
    answer = client.post(url, {"format": "video", "video": {"every": 6}}, format="json")
    assert answer.status_code == 202
    assert answer.data["options"] == {"format": "video", "video": {"every": 6}}
    imports.run_import(job.pk)
    row = client.get(f"/api/datasets/{pond.dataset.slug}/images/").json()["results"][1]
    assert (row["stem"], row["group"]) == ("clip/000006", "clip")
    assert (row["video_frame"], row["video_time_ms"]) == (6, 600)
    detail = client.get(f"/api/images/{row['id']}/").data
    assert (detail["video_frame"], detail["video_time_ms"]) == (6, 600)


def test_the_command(pond: Pond, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> dict[str, Any]:
        call_command("import_dataset", str(clip), "--name", "Clips", "--json", *arguments)
        answer: dict[str, Any] = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
        return answer

    looked = run("--every", "10", "--dry-run")
    assert (looked["format"], looked["images"]["taken"]) == ("video", 3)
    assert (looked["videos"][0]["read"], looked["videos"][0]["chosen"]) == (30, 3)
    assert not any(paths.all_frames_dir().glob(f"import-{looked['import']}"))
    taken = run("--fps", "2", "--from", "1", "--most", "2")
    assert taken["images"] == {"source": 2, "taken": 2, "repaired": 0, "refused": 0}
    assert taken["videos"] == [{"name": "clip", "chosen": 2}]
    assert run("--scenes", "--keep-duplicates")["images"]["source"] > 2
    with pytest.raises(CommandError, match="every is a number from 1"):
        run("--every", "0")


def test_a_folder_of_the_server_and_an_upload_may_be_a_video(
    clip: Path, settings: Any, tmp_path: Path
) -> None:
    settings.IMPORT_ROOTS = [str(tmp_path)]
    (entry,) = list_folder(str(clip.parent))["entries"]
    assert (entry["name"], entry["is_folder"]) == ("clip.mp4", False)
    assert find_source(str(clip)) == clip
    assert find_suffix("Walk.MOV") == ".mov"
    with pytest.raises(ServiceError, match="not an archive or a video"):
        find_suffix("walk.exe")
