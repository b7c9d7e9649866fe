import pytest

from training.evaluation.class_names import JoinedClasses, join_classes


@pytest.mark.parametrize(
    ("dataset", "model", "expected"),
    [
        (["cat", "dog"], ["cat", "dog"], JoinedClasses(["cat", "dog"], [0, 1], [], [])),
        (["dog", "cat"], ["cat", "dog"], JoinedClasses(["dog", "cat"], [1, 0], [], [])),
        (
            ["cat", "hen"],
            ["cow", "cat"],
            JoinedClasses(["cat", "hen", "cow"], [2, 0], ["hen"], ["cow"]),
        ),
        (["cat"], ["cat", "cat"], JoinedClasses(["cat"], [0, 0], [], [])),
        ([], ["cow", "cow"], JoinedClasses(["cow"], [0, 0], [], ["cow"])),
    ],
)
def test_classes_are_joined_by_name(
    dataset: list[str], model: list[str], expected: JoinedClasses
) -> None:
    assert join_classes(dataset, model) == expected
