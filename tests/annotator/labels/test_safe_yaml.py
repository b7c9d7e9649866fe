"""YAML of strangers is measured before it is loaded."""

import pytest

from annotator.labels.safe_yaml import MAX_BYTES, MAX_DEPTH, MAX_VALUES, YamlError, load_yaml

BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n".encode()
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BOMB, "uses an alias"),
        (b"a: &x 1\nb: {<<: *x}\n", "uses an alias"),
        (
            b"a: " + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
            "nested deeper than 16",
        ),
        (b"[" * 500_000, "nested deeper"),
        (b"{a: " * 100_000, "nested deeper"),
        (b"[" + b"x, " * MAX_VALUES + b"]", "more than 50,000 values"),
        (b"x" * (MAX_BYTES + 1), "larger than 1 MB"),
        (b"\xff\xfe\xfa", "not text in UTF-8"),
        (b"a: [1, 2", "not valid YAML (line"),
        (b"a: 2024-13-45", "not valid YAML"),
        (b"a: !!python/object/apply:os.system [ls]", "not valid YAML"),
        (b"a: " + b"9" * 5_000, "not valid YAML"),
        (b"a: 1\n--- \nb: 2", "not valid YAML"),
    ],
)
def test_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(YamlError) as error:
        load_yaml(content)
    assert reason in str(error.value)


def test_what_is_usual_is_read() -> None:
    names = "".join(f"  {number}: class {number}\n" for number in range(10_000))
    content = f"train: images/train\nnc: 10000\nnames:\n{names}".encode()
    loaded = load_yaml(content)
    assert isinstance(loaded, dict)
    assert loaded["nc"] == 10_000
    assert loaded["names"][9_999] == "class 9999"
    assert load_yaml(b"a: no\nb: 1.0\n", as_text=True) == {"a": "no", "b": "1.0"}
    assert load_yaml(b"\xef\xbb\xbfa: 1") == {"a": 1}
    assert load_yaml(b"") is None
    assert load_yaml(b"a: &anchor 1") == {"a": 1}, "an anchor that nobody uses does no harm"
