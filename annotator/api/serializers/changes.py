"""What goes over the wire about bulk changes, splitting again and the uses of a class."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.bulk.splitting_off import ATTRIBUTES, AttributeValue
from annotator.bulk.undoing import is_undoable
from annotator.bulk.words import describe_change
from annotator.imports.options import MAX_CLASS_NAME
from annotator.models import BulkChange, BulkItem, Split
from annotator.models.annotations import MAX_NOTE_LENGTH

from .base import JobSerializerMixin, UserSerializer

MOST_SEED = 2**31 - 1


class BulkChangeSerializer(serializers.ModelSerializer[BulkChange], JobSerializerMixin):
    dataset = serializers.CharField(source="dataset.slug")
    title = serializers.SerializerMethodField()
    created_by = UserSerializer(allow_null=True)
    left = serializers.SerializerMethodField(
        help_text="Of a change that ended: the images that it did not come to."
    )

    is_undoable = serializers.SerializerMethodField(
        help_text="It has ended, and the labels that it changed can be what they were before."
    )

    class Meta:
        model = BulkChange
        fields = [
            "id", "dataset", "action", "title", "state", "progress", "changed", "skipped", "left",
            "is_undoable", "error", "created_by", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_title(self, job: BulkChange) -> str:
        return describe_change(job)

    def get_is_undoable(self, job: BulkChange) -> bool:
        return is_undoable(job)

    @extend_schema_field(serializers.IntegerField())
    def get_left(self, job: BulkChange) -> int:
        return max(0, (job.progress_total or 0) - job.changed - job.skipped)


class SkippedItemSerializer(serializers.ModelSerializer[BulkItem]):
    class Meta:
        model = BulkItem
        fields = ["id", "image_id", "file_name", "reason"]
        read_only_fields = fields


class RatiosSerializer(serializers.Serializer[Any]):
    train = serializers.IntegerField(min_value=0, max_value=100)
    val = serializers.IntegerField(min_value=0, max_value=100)
    test = serializers.IntegerField(min_value=0, max_value=100)

    def validate(self, attrs: dict[str, int]) -> dict[str, int]:
        if sum(attrs.values()) != 100:
            raise serializers.ValidationError("The three shares make 100 percent.")
        return attrs


class SplitOptionsSerializer(serializers.Serializer[Any]):
    ratios = RatiosSerializer(default={"train": 70, "val": 20, "test": 10}, help_text="In percent.")
    seed = serializers.IntegerField(
        min_value=0,
        max_value=MOST_SEED,
        default=0,
        help_text="The same seed splits in the same way.",
    )
    keep_groups = serializers.BooleanField(default=True)
    keep_near_duplicates = serializers.BooleanField(default=True)


class PerSplitSerializer(serializers.Serializer[Any]):
    train = serializers.IntegerField()
    val = serializers.IntegerField()
    test = serializers.IntegerField()

    class Meta:
        ref_name = "ImagesBySplit"


class SplitPreviewSerializer(serializers.Serializer[Any]):
    class SplitLine(serializers.Serializer[Any]):
        what = serializers.ChoiceField(choices=["class", "empty", "unseen"])
        class_id = serializers.IntegerField(allow_null=True)
        images_before = PerSplitSerializer()
        images_after = PerSplitSerializer()
        objects_before = PerSplitSerializer()
        objects_after = PerSplitSerializer()

        class Meta:
            ref_name = "SplitLine"

    class ForcedTogether(serializers.Serializer[Any]):
        because = serializers.ChoiceField(choices=["group", "near_duplicates", "both"])
        name = serializers.CharField(help_text="Of the groups.")
        images = serializers.IntegerField()
        split = serializers.ChoiceField(choices=Split.choices)
        torn = serializers.BooleanField(help_text="Pins keep some of them in other splits.")

        class Meta:
            ref_name = "ForcedTogether"

    images_before = PerSplitSerializer()
    images_after = PerSplitSerializer()
    lines = SplitLine(many=True, help_text="A class each; then images with nothing in them, and "
                      "images that nobody has looked at.")  # fmt: skip
    moves = serializers.IntegerField(help_text="Images that change their split.")
    pinned = serializers.IntegerField()
    groups = serializers.IntegerField()
    near_duplicates = serializers.IntegerField(help_text="Sets of images that look alike.")
    uncompared = serializers.IntegerField(
        help_text="Images whose likeness a worker has yet to compute; it is done before the split."
    )
    forced = ForcedTogether(many=True, help_text="Images that go together, the largest sets first.")
    forced_count = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField())


class ClassUsesSerializer(serializers.Serializer[Any]):
    objects = serializers.IntegerField()
    images = serializers.IntegerField()
    label_files = serializers.IntegerField(help_text="Of finished images: they are written anew.")
    objects_in_trash = serializers.IntegerField(
        help_text="Of deleted images: they stay as they are."
    )
    versions = serializers.IntegerField(help_text="That hold the class; they keep it.")
    runs = serializers.IntegerField(help_text="On these versions.")


class MergeClassSerializer(serializers.Serializer[Any]):
    into = serializers.IntegerField(help_text="The id of the class that the objects get.")


class AttributeValueSerializer(serializers.Serializer[Any]):
    attribute = serializers.ChoiceField(choices=ATTRIBUTES)
    flag = serializers.BooleanField(
        allow_null=True, help_text="Of all attributes but the note; null for a note."
    )
    note = serializers.CharField(allow_null=True)
    objects = serializers.IntegerField()
    images = serializers.IntegerField()
    label_files = serializers.IntegerField(help_text="Of finished images: they are written anew.")

    def to_representation(self, instance: AttributeValue) -> dict[str, Any]:
        value = instance["value"]
        is_flag = isinstance(value, bool)
        return super().to_representation(
            {**instance, "flag": value if is_flag else None, "note": None if is_flag else value}
        )


class SplittingOffSerializer(serializers.Serializer[Any]):
    objects = serializers.IntegerField(help_text="Of the class.")
    values = AttributeValueSerializer(
        many=True, help_text="That some of its objects have and some have not."
    )
    more_notes = serializers.IntegerField()


class SplitOffSerializer(serializers.Serializer[Any]):
    """The objects of a class with this flag or note; into a class by its id, or a new one."""

    attribute = serializers.ChoiceField(choices=ATTRIBUTES)
    flag = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False, max_length=MAX_NOTE_LENGTH)
    into = serializers.IntegerField(required=False)
    name = serializers.CharField(required=False, max_length=MAX_CLASS_NAME)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        wanted = "note" if attrs["attribute"] == "note" else "flag"
        if wanted not in attrs or len(attrs.keys() & {"note", "flag"}) != 1:
            raise serializers.ValidationError({wanted: ["Say which value, and only that."]})
        if len(attrs.keys() & {"into", "name"}) != 1:
            raise serializers.ValidationError({"into": ["Name a class, or a new one."]})
        return attrs
