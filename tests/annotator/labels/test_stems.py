import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.labels.stems import MAX_STEM_BYTES, clean_name, clean_stem, unique_stem

CASES = {
    "pond.jpg": "pond",
    "a/b/pond.01.jpg": "pond.01",
    "C:\\pictures\\pond.jpg": "pond",
    "Teich über Wäldern.JPG": "Teich über Wäldern",
    "e\u0301tang.png": "étang",
    "池.webp": "池",
    ".hidden.jpg": "hidden",
    "..jpg": "image",
    "": "image",
    "a:b*c?.jpg": "a_b_c_",
    "line\nbreak\x00.jpg": "line_break_",
    "right\u202eto-left.jpg": "right_to-left",
    "nul.jpg": "_nul",
    "COM1.tar.jpg": "_COM1.tar",
    "no extension": "no extension",
    "trailing. .jpg": "trailing",
}


@pytest.mark.parametrize(("name", "stem"), CASES.items())
def test_stems(name: str, stem: str) -> None:
    assert clean_stem(name) == stem


@given(st.text(max_size=400))
def test_any_name_gives_a_safe_stem_that_stays(name: str) -> None:
    stem = clean_stem(name)
    assert 0 < len(stem.encode()) <= MAX_STEM_BYTES
    assert not set(stem) & set('/\\:*?"<>|\0')
    assert not stem.startswith(".")
    assert clean_stem(f"{stem}.jpg") == stem


def test_long_names_stay_apart() -> None:
    assert clean_stem("池" * 200 + "a.jpg") != clean_stem("池" * 200 + "b.jpg")


def test_unique() -> None:
    taken = {"pond", "pond-2"}
    assert unique_stem("pond", is_taken=taken.__contains__) == "pond-3"
    assert unique_stem("lake", is_taken=taken.__contains__) == "lake"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("cam1/0001", "cam1/0001"),
        ("cam1.v2/frame.0001", "cam1.v2/frame.0001"),
        ("/a//b/./c", "a/b/c"),
        ("../../etc/passwd", "etc/passwd"),
        ("a\\\\b", "a/b"),
        (".hidden/con/x", "hidden/_con/x"),
        ("images/a", "images_/a"),
        ("a.jpg/b", "a_jpg/b"),
        ("a.txt/b.jpg", "a_txt/b.jpg"),
        ("", "image"),
        ("cam:1/a?b", "cam_1/a_b"),
    ],
)
def test_names_with_folders(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned
    assert clean_name(cleaned) == cleaned


def test_long_names_with_folders_keep_apart() -> None:
    long = [clean_name("/".join(["folder"] * 60 + [f"{end}" * 150])) for end in "ab"]
    assert long[0] != long[1]
    assert all(len(name) <= 200 for name in long)
    assert all(clean_name(name) == name for name in long)
