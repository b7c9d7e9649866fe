"""Files that lie: whatever stands where, a source ends in lines or in one sentence."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.labels.formats.base import Format, WrittenObject
from annotator.labels.formats.mask_formats.masks import InstanceMasks, Masks
from annotator.labels.formats.mask_formats.open_images import OpenImages
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.formats.xml_formats.cvat import Cvat
from annotator.labels.formats.xml_formats.labelme_xml import LabelmeXml
from annotator.labels.formats.xml_formats.voc import Voc
from annotator.labels.formats.yolo.boxes import YoloBoxes
from annotator.labels.polygons.geometry import Polygons
from tests.annotator.labels.formats.written import LIMITS, Sample, box, lay_all, read_all, write_out
from tests.annotator.sources import picture_bytes

FORMS: list[Format] = [
    Cvat(),
    Voc(),
    Masks(),
    InstanceMasks(),
    LabelmeXml(),
    OpenImages(),
    YoloBoxes(),
]
RING: Polygons = [[[30, 4, 60, 4, 60, 40, 30, 40], [40, 10, 40, 30, 50, 30, 50, 10]]]
OBJECTS = [WrittenObject(0, box(1.5, 2.25, 20, 30), is_box=True), WrittenObject(1, RING, note="n")]
SAMPLES = [Sample("one.png", "train", OBJECTS), Sample("two.png", "val", OBJECTS[1:])]
ODD = [
    b"",
    b"0",
    b"-1",
    b"1e999",
    b"nan",
    b"\0",
    b"\xff\xfe",
    b"<a>",
    b"\xf0\x9f\x92\xa5",
    b"9" * 40,
    b";,:",
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None
)
@given(data=st.data())
def test_a_changed_byte_ends_in_lines(
    form: Format, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("set") / "s"
    tree = write_out(form, root, {0: "duck", 1: "swan"}, SAMPLES)
    files = [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and "images" not in path.parts
        and "JPEGImages" not in path.parts
        and "Images" not in path.parts
    ]
    for _ in range(data.draw(st.integers(1, 3))):
        file = data.draw(st.sampled_from(files))
        content = file.read_bytes()
        begin = data.draw(st.integers(0, len(content)))
        end = begin + data.draw(st.integers(0, 12))
        file.write_bytes(content[:begin] + data.draw(st.sampled_from(ODD)) + content[end:])
    try:
        form.sniff(tree)
        read_all(form, tree)
    except TreeError as error:
        assert str(error).strip(), "a sentence"  # noqa: PT017 - what was raised is looked at


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_folders_full_of_other_things(form: Format, tmp_path: Path) -> None:
    """Files named like labels that are none are neither claimed nor the end of the import."""
    tree = lay_all(
        tmp_path,
        {
            "images/one.png": picture_bytes(1),
            "one.xml": "<html><body/></html>",
            "two.xml": b"\x89PNG",
            "table.csv": b"\0\0\0",
            "obj.data": b"\xff\xff",
            "train.txt": "x",
            "labelmap.txt": ":::",
        },
    )
    assert not form.sniff(tree)
    with pytest.raises(TreeError, match=r"No .* found"):
        form.read(tree, limits=LIMITS)


@pytest.mark.parametrize("form", [Cvat(), Voc(), LabelmeXml()], ids=lambda form: form.name)
@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE a [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]><{}>&b;</{}>',
        '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><{}>&a;</{}>',
        "<{}>" + "<a>" * 10_000,
        "<{}><object>" + "<a/>" * 100 + "</{}>",
        '<?xml version="1.0" encoding="klingon"?><{}/>{}',
    ],
    ids=["bomb", "other file", "deep", "cut", "encoding"],
)
def test_hostile_xml_is_a_line_or_a_sentence(form: Format, xml: str, tmp_path: Path) -> None:
    good = write_out(form, tmp_path / "s", {0: "duck", 1: "swan"}, SAMPLES)
    root = "annotations" if form.name == "cvat" else "annotation"
    (tmp_path / "s" / "bad.xml").write_text(xml.replace("{}", root))
    try:
        read = read_all(form, good)
    except TreeError as error:
        assert "bad.xml" in str(error)  # noqa: PT017 - what was raised is looked at
        return
    assert sum(len(each.objects) for each in read.labels.values()) == 3


def test_a_folder_that_links_out_is_read_once(tmp_path: Path) -> None:
    tree = write_out(Cvat(), tmp_path / "s", {0: "duck", 1: "swan"}, SAMPLES)
    (tmp_path / "s" / "again").symlink_to(tmp_path / "s")
    assert isinstance(tree, FolderTree)
    assert sorted(read_all(Cvat(), tree).images) == ["one", "two"]
