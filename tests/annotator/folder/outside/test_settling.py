"""What a look found is taken in or put back: whole, or left with a sentence."""

import io
from pathlib import Path

import pytest
from PIL import Image as PillowImage

from annotator import paths
from annotator.annotations.data import read_annotation
from annotator.folder.live_folder import (
    sync_pending,
    take_in_outside_edit,
    take_in_outside_edits,
)
from annotator.folder.outside import adding, folders, settling
from annotator.folder.outside.pixels import hash_of, probe
from annotator.folder.saving import save_annotation
from annotator.kernel.followers import PIXEL_KEEPERS
from annotator.models import FolderAction, FolderChange, FolderJob, Image, JobState, LiveFolder
from tests.annotator.conftest import MakeInstance, client_of, png_bytes

from .conftest import DUCK, SWAN, Folder

pytestmark = pytest.mark.django_db(transaction=True)


def newest(image: Image) -> Image:
    return Image.objects.select_related("dataset").get(pk=image.pk)


def classes_of(image: Image) -> list[int | None]:
    return [item["class_id"] for item in read_annotation(newest(image))["instances"]]


def reasons() -> list[str]:
    return list(FolderChange.objects.filter(state="waiting").values_list("reason", flat=True))


# --- labels ----------------------------------------------------------------------------------


def test_an_edited_label_becomes_a_revision_by_disk_and_stays_as_it_is(folder: Folder) -> None:
    image = folder.add("a")
    [kept] = read_annotation(image)["instances"]
    path = paths.label_path(image)
    edited = b"1  0.2 0.2 0.6 0.2 0.6 0.70\n" + DUCK
    path.write_bytes(edited)
    folder.look()
    job = folder.take()
    assert (job.state, job.settled, job.left) == ("finished", 1, 0)
    image = newest(image)
    revision = image.revisions.first()
    assert revision is not None
    assert (revision.source, revision.author) == ("disk", None)
    assert path.read_bytes() == edited
    assert kept["id"] in [item["id"] for item in read_annotation(image)["instances"]]
    assert not image.label_pending
    assert folder.look() == []


def test_an_object_that_was_moved_a_little_keeps_its_id_and_note(folder: Folder) -> None:
    image = folder.add("a")
    image.instances.update(note="one leg", occluded=True)
    [before] = read_annotation(image)["instances"]
    paths.label_path(image).write_bytes(b"0 0.1 0.1 0.52 0.1 0.5 0.5\n")
    folder.look()
    folder.take()
    [after] = read_annotation(newest(image))["instances"]
    assert (after["id"], after["note"], after["occluded"]) == (before["id"], "one leg", True)
    assert after["polygons"] != before["polygons"]


def test_a_label_with_bad_rows_is_taken_by_the_rules_of_an_import(folder: Folder) -> None:
    image = folder.add("a")
    content = DUCK + b"9 0.1 0.1 0.5 0.1 0.5 0.5\n"
    paths.label_path(image).write_bytes(content)
    folder.look()
    folder.take()
    image = newest(image)
    assert image.status == "in_progress"
    assert not paths.label_path(image).exists()
    assert paths.image_path(image).exists()
    change = FolderChange.objects.exclude(kept="").get(path="labels/train/a.txt")
    kept = paths.trash_dir().parent / change.kept
    assert kept.read_bytes() == content, "the rows that were refused are not lost"


def test_a_label_of_which_no_row_can_be_taken_is_left(folder: Folder) -> None:
    image = folder.add("a")
    paths.label_path(image).write_bytes(b"9 0.1 0.1 0.5 0.1 0.5 0.5\n")
    folder.look()
    assert folder.take().left == 1
    assert "None of its rows" in reasons()[0]
    assert classes_of(image) == [folder.pond.duck.pk]


def test_boxes_are_taken_as_an_import_takes_them(folder: Folder) -> None:
    image = folder.add("a")
    paths.label_path(image).write_bytes(b"0 0.5 0.5 0.2 0.2\n")
    folder.look()
    folder.take()
    assert [item["is_box"] for item in read_annotation(newest(image))["instances"]] == [True]
    row = paths.label_path(image).read_text().split()
    assert len(row) == 9, "Ultralytics reads a polygon"


def test_a_label_of_an_image_that_was_not_labelled_finishes_it(folder: Folder) -> None:
    image = folder.pond.add_image("a")
    folder.write("labels/train/a.txt", SWAN)
    folder.look()
    folder.take()
    assert newest(image).status == "done"
    assert folder.files() == {"images/train/a.png", "labels/train/a.txt"}
    assert (folder.root / "labels/train/a.txt").read_bytes() == SWAN


def test_a_removed_label_says_that_the_image_is_not_labelled(folder: Folder) -> None:
    image = folder.add("a")
    folder.add("b")
    paths.label_path(image).unlink()
    folder.look()
    folder.take()
    image = newest(image)
    assert (image.status, image.instance_count) == ("unlabelled", 0)
    assert image.deleted_instances.count() == 1, "its objects are in the trash"
    assert paths.image_path(image).exists()


@pytest.mark.parametrize("content", [SWAN, None])
def test_a_label_is_put_back_and_what_lay_there_is_kept(
    folder: Folder, content: bytes | None
) -> None:
    image = folder.add("a")
    path = paths.label_path(image)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    folder.look()
    folder.put_back()
    assert path.read_text().split()[0] == "0"
    assert newest(image).revision == image.revision
    assert folder.look() == []
    if content is not None:
        change = FolderChange.objects.get(state="put_back")
        assert (paths.trash_dir().parent / change.kept).read_bytes() == content


def test_an_edit_of_a_person_meanwhile_is_shown_and_nothing_is_lost(
    folder: Folder, make_instance: MakeInstance
) -> None:
    image = folder.pond.add_image("a")
    folder.write("labels/train/a.txt", SWAN)
    folder.look()
    save_annotation(
        image.pk,
        base_revision=0,
        upsert=[make_instance()],  # type: ignore[list-item]
        author=folder.pond.annotator,
    )
    assert folder.take().left == 1
    change = FolderChange.objects.get(state="waiting")
    assert "Somebody saved the image" in change.reason
    assert (change.before_count, change.after_count, change.asks) == (1, 1, True)
    assert classes_of(image) == [folder.pond.duck.pk]
    folder.take()
    assert classes_of(image) == [folder.pond.swan.pk]
    assert image.revisions.count() == 2, "what the person drew is in the history"


def test_a_save_over_an_edit_outside_keeps_both(
    folder: Folder, make_instance: MakeInstance
) -> None:
    image = folder.add("a")
    paths.label_path(image).write_bytes(SWAN)
    folder.look()
    save_annotation(
        image.pk,
        base_revision=image.revision,
        upsert=[make_instance()],  # type: ignore[list-item]
        author=folder.pond.annotator,
    )
    folder.take()
    sources = list(newest(image).revisions.order_by("number").values_list("source", flat=True))
    assert sources[-2:] == ["disk", "user"]
    assert folder.look() == []


def test_a_file_that_changed_since_the_look_is_left(folder: Folder) -> None:
    image = folder.add("a")
    paths.label_path(image).write_bytes(SWAN)
    folder.look()
    paths.label_path(image).write_bytes(SWAN + DUCK)
    assert folder.take().left == 1
    assert reasons() == [settling.CHANGED_AGAIN]
    assert folder.put_back().left == 1
    assert paths.label_path(image).read_bytes() == SWAN + DUCK


def test_a_stale_cache_of_ultralytics_goes_with_each_label_written(
    folder: Folder, make_instance: MakeInstance
) -> None:
    image = folder.add("cam1/a")
    caches = [folder.root / "labels/train.cache", folder.root / "labels/train/cam1.cache"]

    def lay() -> None:
        for path in caches:
            path.write_bytes(b"old")

    lay()
    save_annotation(
        image.pk,
        base_revision=image.revision,
        upsert=[make_instance()],  # type: ignore[list-item]
        author=folder.pond.annotator,
    )
    assert not any(path.exists() for path in caches)
    lay()
    paths.label_path(image).write_bytes(SWAN)
    assert take_in_outside_edit(newest(image))
    assert not any(path.exists() for path in caches)
    lay()
    paths.label_path(image).write_bytes(DUCK)
    folder.look()
    folder.take()
    assert not any(path.exists() for path in caches)


def test_ignore_regions_stay_as_no_label_file_holds_them(
    folder: Folder, make_instance: MakeInstance
) -> None:
    image = folder.add("a")
    region = make_instance(class_id=None)
    save_annotation(
        image.pk,
        base_revision=image.revision,
        upsert=[region],  # type: ignore[list-item]
        author=folder.pond.annotator,
    )
    paths.label_path(image).write_bytes(SWAN)
    folder.look()
    folder.take()
    assert classes_of(image) == [folder.pond.swan.pk, None]


# --- images that are here --------------------------------------------------------------------


def test_a_move_to_another_split_is_taken_in(folder: Folder) -> None:
    image = folder.add("cam1/a")
    folder.add("b")
    label = paths.label_path(image).read_bytes()
    (folder.root / "images/val/cam1").mkdir(parents=True)
    (folder.root / "images/train/cam1/a.png").rename(folder.root / "images/val/cam1/a.png")
    folder.look()
    folder.take()
    assert newest(image).split == "val"
    assert (folder.root / "labels/val/cam1/a.txt").read_bytes() == label
    assert not (folder.root / "labels/train/cam1").exists()
    assert folder.look() == []


@pytest.mark.parametrize("with_label", [True, False])
def test_a_renamed_image_keeps_its_annotation(folder: Folder, with_label: bool) -> None:
    image = folder.add("a")
    folder.add("b")
    (folder.root / "images/train/a.png").rename(folder.root / "images/train/new name.png")
    if with_label:
        (folder.root / "labels/train/a.txt").rename(folder.root / "labels/train/new name.txt")
    folder.look()
    folder.take()
    assert newest(image).stem == "new name"
    assert newest(image).revision == image.revision
    assert "labels/train/new name.txt" in folder.files()
    assert "labels/train/a.txt" not in folder.files()
    assert folder.look() == []


def test_a_move_is_put_back(folder: Folder) -> None:
    folder.add("a")
    folder.add("b")
    before = folder.files()
    (folder.root / "images/train/a.png").rename(folder.root / "images/val/c.png")
    (folder.root / "labels/train/a.txt").rename(folder.root / "labels/val/c.txt")
    folder.look()
    assert folder.put_back().settled == 1
    assert folder.files() == before
    assert folder.look() == []


def test_a_removed_image_goes_to_the_trash_with_its_label(folder: Folder) -> None:
    image = folder.add("a")
    folder.add("b")
    paths.image_path(image).unlink()
    folder.look()
    folder.take()
    assert Image.trashed.get(pk=image.pk).deleted_by == folder.pond.lead
    assert folder.files() == {"images/train/b.png", "labels/train/b.txt"}
    assert (paths.trashed_image_dir(image.pk) / "a.txt").exists()


def test_a_removed_image_comes_back_from_who_has_it(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = folder.add("a")
    folder.add("b")
    content = paths.image_path(image).read_bytes()
    (tmp_path / "wrong.png").write_bytes(png_bytes())
    (tmp_path / "right.png").write_bytes(content)
    places = [tmp_path / "none.png", tmp_path / "wrong.png", tmp_path / "right.png"]
    monkeypatch.setattr("annotator.folder.outside.keeping.PIXEL_KEEPERS", [lambda _: iter(places)])
    paths.image_path(image).unlink()
    folder.look()
    folder.put_back()
    assert paths.image_path(image).read_bytes() == content
    assert folder.look() == []


def test_a_removed_image_that_nobody_has_is_said_to_be_gone(folder: Folder) -> None:
    image = folder.add("a")
    folder.add("b")
    paths.image_path(image).unlink()
    folder.look()
    folder.put_back()
    assert Image.trashed.filter(pk=image.pk).exists()
    assert FolderChange.objects.get(state="put_back").reason == settling.PIXELS_GONE
    assert PIXEL_KEEPERS, "versions are asked"


def test_a_changed_image_keeps_its_objects_in_proportion(folder: Folder) -> None:
    image = folder.add("a")
    path = paths.image_path(image)
    path.write_bytes(png_bytes((200, 160), "red"))
    [change] = folder.look()
    assert "200 × 160" in change.reason
    folder.take()
    image = newest(image)
    assert (image.width, image.height, image.size_bytes) == (200, 160, path.stat().st_size)
    [item] = read_annotation(image)["instances"]
    assert item["polygons"] == [[[20, 16, 100, 16, 100, 80]]]
    assert folder.look() == []


def test_a_changed_image_of_which_nobody_has_the_old_file_is_left(folder: Folder) -> None:
    image = folder.add("a")
    paths.image_path(image).write_bytes(png_bytes(color="red"))
    folder.look()
    assert folder.put_back().left == 1
    assert reasons() == [settling.NO_COPY]


# --- new images ------------------------------------------------------------------------------


def test_a_new_image_with_its_label_becomes_an_image_and_its_files_stay(folder: Folder) -> None:
    content = png_bytes(color="blue")
    picture = folder.write("images/train/cam1/0001.png", content)
    label = folder.write("labels/train/cam1/0001.txt", SWAN + b"\n")
    inodes = (picture.stat().st_ino, label.stat().st_ino)
    folder.look()
    folder.take()
    image = folder.dataset.images.get()
    assert (image.stem, image.split, image.status) == ("cam1/0001", "train", "done")
    assert (image.group, image.instance_count) == ("cam1", 1)
    revision = image.revisions.get()
    assert revision.source == "disk"
    assert (picture.stat().st_ino, label.stat().st_ino) == inodes, "nothing was copied"
    assert label.read_bytes() == SWAN + b"\n"
    assert folder.look() == []


def test_a_new_image_without_a_label_is_unlabelled(folder: Folder) -> None:
    folder.write("images/test/a.png", png_bytes())
    folder.write("images/unlabelled/b.png", png_bytes(color="red"))
    folder.look()
    folder.take()
    assert folder.files() == {"images/unlabelled/a.png", "images/unlabelled/b.png"}
    assert folder.dataset.images.get(stem="a").split == "test"
    assert folder.look() == []


def test_what_an_import_mends_is_mended(folder: Folder) -> None:
    turned = io.BytesIO()
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    PillowImage.new("RGB", (100, 80), "green").save(turned, "JPEG", exif=exif)
    folder.write("images/train/turned.JPG", turned.getvalue())
    folder.write("labels/train/turned.txt", DUCK)
    tiff = io.BytesIO()
    PillowImage.new("RGB", (30, 20), "red").save(tiff, "TIFF")
    folder.write("images/val/page.tif", tiff.getvalue())
    folder.look()
    folder.take()
    image = folder.dataset.images.get(stem="turned")
    assert (image.width, image.height, image.status) == (80, 100, "done")
    assert folder.files() == {
        *("images/train/turned.jpg", "labels/train/turned.txt", "images/unlabelled/page.png")
    }
    assert "EXIF" in FolderChange.objects.get(image=image).reason
    assert folder.look() == []


def test_two_new_images_of_one_name_and_damaged_ones_are_told(folder: Folder) -> None:
    folder.write("images/train/a.png", png_bytes(color="red"))
    folder.write("images/val/a.png", png_bytes(color="blue"))
    folder.write("images/val/cut.png", png_bytes(color="green")[:-30])
    folder.look()
    job = folder.take()
    assert (job.settled, job.left) == (0, 2)
    told = " ".join(reasons())
    assert "Another file has this name: images/train/a.png" in told
    assert "damaged" in told
    assert len(folder.files()) == 3


def test_foreign_files_are_put_out_of_the_folder_and_kept(folder: Folder) -> None:
    content = png_bytes()
    folder.write("images/train/cam1/a.png", content)
    folder.write("labels/train/cam1/a.txt", DUCK)
    begun = folder.pond.add_image("begun")
    folder.write("labels/train/begun.txt", DUCK)
    folder.look()
    assert folder.put_back().settled == 2
    assert folder.files() == {"images/unlabelled/begun.png"}
    assert newest(begun).status == "unlabelled"
    change = FolderChange.objects.get(subject="image")
    kept = paths.trash_dir().parent / change.kept
    assert kept.read_bytes() == content
    assert (kept.parent / "a.txt").read_bytes() == DUCK


# --- all of them -----------------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "state"), [("take", "taken"), ("put_back", "put_back")])
def test_a_look_settles_by_itself_what_the_team_lead_has_chosen(
    folder: Folder, policy: str, state: str
) -> None:
    image = folder.add("a")
    LiveFolder.objects.filter(dataset=folder.dataset).update(policy=policy)
    paths.label_path(image).write_bytes(SWAN)
    folder.look()
    [job] = folder.dataset.folder_jobs.filter(state="queued")
    folders.run_folder_job(job.pk)
    assert FolderChange.objects.filter(state=state, kind="changed").count() >= 1
    assert folder.look() == []


def test_some_are_chosen_and_the_others_wait(folder: Folder) -> None:
    for name in ("a", "b", "c"):
        folder.write(f"images/train/{name}.png", png_bytes(color=f"#0000{ord(name):02x}"))
    changes = folder.look()
    folder.take(ids=[changes[1].pk])
    assert [row.pk for row in folder.look()] == [changes[0].pk, changes[2].pk]
    assert folder.take(subject="label").settled == 0
    assert folder.put_back(subject="image", kind="added").settled == 2


def test_a_cancelled_job_leaves_the_rest(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for image in [folder.add("a"), folder.add("b")]:
        paths.label_path(image).write_bytes(SWAN)
    folder.look()
    settle = settling.settle

    def cancel(*args: object, **named: object) -> str:
        FolderJob.objects.filter(state="running").update(state="cancelling")
        return settle(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(folders, "settle", cancel)
    job = folder.take()
    assert (job.state, job.settled) == ("cancelled", 1)
    assert len(folder.look()) == 1


@pytest.mark.parametrize("action", list(FolderAction)[1:])
@pytest.mark.parametrize(
    "place",
    ["store", "mark_settled", "keep_away", "sync_image", "restore_pixels", "move_live_file"],
)
def test_a_job_that_dies_anywhere_is_taken_up_again_and_nothing_is_half(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, action: FolderAction, place: str
) -> None:
    class KilledError(BaseException):
        pass

    for name in ("a", "b", "c", "d", "e"):
        folder.add(name)
    root = folder.root
    (root / "labels/train/a.txt").write_bytes(SWAN)
    (root / "labels/train/b.txt").unlink()
    (root / "images/train/c.png").rename(root / "images/val/x.png")
    (root / "images/train/d.png").unlink()
    folder.write("images/train/new.png", png_bytes(color="blue"))
    folder.write("labels/train/new.txt", DUCK)
    assert len(folder.look()) == 5

    def die(*_: object, **__: object) -> None:
        raise KilledError

    job = folders.create_job(folder.dataset, action, {}, by=folder.pond.lead)
    for after in (False, True):
        with monkeypatch.context() as patched:
            real = getattr(settling, place)

            def late(*args: object, _real: object = real, **named: object) -> None:
                _real(*args, **named)  # type: ignore[operator]
                raise KilledError

            for module in (settling, adding):
                if hasattr(module, place):
                    patched.setattr(module, place, late if after else die)
            try:
                folders.run_folder_job(job.pk)
            except KilledError:
                FolderJob.objects.filter(pk=job.pk).update(lease_until=None, state="queued")
    sync_pending()
    ended = folders.run_folder_job(job.pk)
    assert ended is None or ended.state == JobState.FINISHED
    for _ in range(3):
        folder.look()
        folder.settle(action)
    assert folder.look() == []
    images = list(folder.dataset.images.select_related("dataset"))
    expected = {paths.image_path(image) for image in images}
    expected |= {paths.label_path(image) for image in images if image.is_finished}
    assert folder.files() == {path.relative_to(root).as_posix() for path in expected}
    assert len(images) + Image.trashed.filter(dataset=folder.dataset).count() == (
        6 if action == FolderAction.TAKE else 5
    )


@pytest.mark.parametrize("is_opened", [True, False])
def test_opening_or_freezing_an_image_puts_back_where_that_is_chosen(
    folder: Folder, is_opened: bool
) -> None:
    image = folder.add("a")
    Image.objects.filter(pk=image.pk).update(status="accepted")
    image = newest(image)
    path = paths.label_path(image)
    path.write_bytes(SWAN)
    folder.look()
    LiveFolder.objects.update(policy="put_back")
    if is_opened:
        client = client_of(folder.pond.annotator)
        shown = client.get(f"/api/images/{image.pk}/annotation/").json()
        assert [item["class_id"] for item in shown["instances"]] == [folder.pond.duck.pk]
    else:
        assert take_in_outside_edits(folder.dataset) == 0
    after = newest(image)
    assert (after.revision, after.status) == (image.revision, "accepted")
    assert path.read_bytes().startswith(b"0 ")
    change = FolderChange.objects.get(state="put_back")
    assert (paths.trash_dir().parent / change.kept).read_bytes() == SWAN
    assert folder.look() == []


# --- files that are not the change's own ---------------------------------------------------------


def test_a_new_image_is_never_laid_over_another_file(folder: Folder) -> None:
    folder.write("images/train/a:b.png", png_bytes(color="red"))
    other = folder.write("images/train/a_b.png", png_bytes(color="blue"))
    folder.write("labels/train/a:b.txt", DUCK)
    folder.write("labels/train/a_b.txt", SWAN)
    content = other.read_bytes()
    folder.look()
    job = folder.take()
    assert (job.settled, job.left) == (1, 1)
    assert "Another file has this name: images/train/a_b.png" in reasons()[0]
    assert other.read_bytes() == content
    assert (folder.root / "labels/train/a_b.txt").read_bytes() == SWAN
    assert (folder.root / "labels/train/a:b.txt").read_bytes() == DUCK


def test_a_label_in_another_split_is_not_removed_with_a_new_image(folder: Folder) -> None:
    folder.write("images/train/a.png", png_bytes(color="red"))
    label = folder.write("labels/val/a.txt", DUCK)
    folder.look()
    assert folder.take().left == 1
    assert "Another label has this name: labels/val/a.txt" in " ".join(reasons())
    assert label.read_bytes() == DUCK


def test_a_moved_image_is_never_laid_over_another_file(folder: Folder) -> None:
    image = folder.add("a")
    folder.add("z")
    other = folder.write("images/val/a_b.png", png_bytes(color="blue"))
    content = other.read_bytes()
    paths.image_path(image).rename(folder.root / "images/val/a:b.png")
    folder.look()
    folder.take(kind="moved")
    assert other.read_bytes() == content
    assert newest(image).stem == "a"


def test_a_label_that_a_move_leaves_behind_is_kept_if_somebody_edited_it(folder: Folder) -> None:
    image = folder.add("a")
    folder.add("z")
    paths.label_path(image).write_bytes(DUCK + SWAN)
    folder.write("labels/val/a.txt", DUCK)
    (folder.root / "images/val").mkdir(exist_ok=True)
    paths.image_path(image).rename(folder.root / "images/val/a.png")
    folder.look()
    folder.take(kind="moved")
    assert newest(image).split == "val"
    kept = [path.read_bytes() for path in paths.outside_dir().rglob("*.txt")]
    assert DUCK + SWAN in kept


@pytest.mark.parametrize("action", [FolderAction.TAKE, FolderAction.PUT_BACK])
def test_an_image_that_came_back_elsewhere_is_not_missing(
    folder: Folder, action: FolderAction
) -> None:
    image = folder.add("a", label=None)
    folder.add("z")
    folder.pond.add_image("y")
    path = paths.image_path(image)
    content = path.read_bytes()
    path.unlink()
    folder.look()
    path.write_bytes(content)
    save_annotation(image.pk, base_revision=0, status="done", author=folder.pond.annotator)
    assert paths.image_path(newest(image)) != path
    job = folder.settle(action)
    assert (job.settled, job.left) == (0, 1)
    assert Image.objects.filter(pk=image.pk).exists()
    assert folder.look() == []


def test_a_folder_that_became_a_link_leads_nowhere(folder: Folder, tmp_path: Path) -> None:
    content = png_bytes(color="red")
    image = folder.add("cam/a")
    folder.write("images/train/cam/new.png", content)
    paths.label_path(image).write_bytes(SWAN)
    folder.look()
    for kind in ("images", "labels"):
        inside = folder.root / kind / "train/cam"
        inside.rename(tmp_path / kind)
        inside.symlink_to(tmp_path / kind)
    for action in (FolderAction.TAKE, FolderAction.PUT_BACK):
        assert folder.settle(action).settled == 0
    assert set(reasons()) == {settling.LINKED}
    assert (tmp_path / "images/new.png").read_bytes() == content
    assert (tmp_path / "labels/a.txt").read_bytes() == SWAN


def test_a_file_that_becomes_a_link_is_not_read(folder: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png_bytes(color="red"))
    path = folder.write("images/train/new.png", secret.read_bytes())
    [change] = folder.look()
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(OSError, match="symbolic links"):
        hash_of(path)
    assert probe(path).reason
    assert folder.put_back().left == 1
    assert FolderChange.objects.get(pk=change.pk).state == "waiting"
