"""What goes over the wire about datasets, their classes and members."""

from collections import Counter
from typing import Any

from rest_framework import serializers

from annotator.models import Dataset, DatasetClass, Image, ImageStatus, Membership, Role, Split

from .base import ColorField, NameField, UserSerializer
from .images import OutlineSerializer, thumbnail_url

MOST_CLASSES = 1_000
"""Classes that come with a new dataset; further ones can be added."""


class DatasetClassSerializer(serializers.ModelSerializer[DatasetClass]):
    instance_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = DatasetClass
        fields = ["id", "index", "name", "color", "is_retired", "instance_count"]
        read_only_fields = fields


class NewClassSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=80)
    color = ColorField(required=False)


class CountsSerializer(serializers.Serializer[Any]):
    images = serializers.IntegerField()
    unlabelled = serializers.IntegerField()
    in_progress = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Finished, and not reviewed.")
    accepted = serializers.IntegerField()
    sent_back = serializers.IntegerField()
    train = serializers.IntegerField()
    val = serializers.IntegerField()
    test = serializers.IntegerField()
    instances = serializers.IntegerField()


class CoverImageSerializer(serializers.ModelSerializer[Image]):
    thumbnail_url = serializers.SerializerMethodField()
    outline = OutlineSerializer(many=True)

    class Meta:
        model = Image
        fields = ["id", "thumbnail_url", "width", "height", "outline"]

    def get_thumbnail_url(self, image: Image) -> str:
        return thumbnail_url(image)


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """``role``, ``counts``, ``cover`` and ``member_count`` come from datasets.summaries."""

    role = serializers.ChoiceField(choices=Role.choices)
    classes = DatasetClassSerializer(many=True)
    counts = CountsSerializer()
    cover = CoverImageSerializer(many=True)
    member_count = serializers.IntegerField()

    class Meta:
        model = Dataset
        fields = [
            "id", "slug", "name", "description", "role", "created_at", "updated_at",
            "classes", "counts", "cover", "member_count", "evaluate_new_versions",
            "ground_truth_percent",
        ]  # fmt: skip
        read_only_fields = fields


class DatasetCreateSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    classes = NewClassSerializer(many=True, required=False)

    def validate_classes(self, classes: list[dict[str, str]]) -> list[dict[str, str]]:
        if len(classes) > MOST_CLASSES:
            raise serializers.ValidationError(
                f"A new dataset has at most {MOST_CLASSES:,} classes; add the others later."
            )
        for name, times in Counter(item["name"] for item in classes).items():
            if times > 1:
                raise serializers.ValidationError(f"The class “{name}” is there twice.")
        return classes


class DatasetUpdateSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=120, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    evaluate_new_versions = serializers.BooleanField(required=False)
    ground_truth_percent = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=50,
        help_text="How much of each person's work is drawn again on ground truth.",
    )


class ClassUpdateSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=80, required=False)
    color = ColorField(required=False)
    is_retired = serializers.BooleanField(required=False)


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    user = UserSerializer()

    class Meta:
        model = Membership
        fields = ["id", "user", "role"]


class MemberCreateSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Role.choices)


class MemberUpdateSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class InsightsOptionsSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # a word on the wire that is a keyword here
        return {
            "class": serializers.IntegerField(
                required=False, help_text="`objects` are those of this class alone."
            )
        }


class BinSerializer(serializers.Serializer[Any]):
    place = serializers.IntegerField(help_text="As the filters of the image list name it.")
    bin = serializers.CharField()
    count = serializers.IntegerField()

    class Meta:
        ref_name = "Bin"


class ObjectBinsSerializer(serializers.Serializer[Any]):
    sizes = BinSerializer(many=True, help_text="By the share of the image that they cover.")
    points = BinSerializer(many=True)
    aspects = BinSerializer(many=True, help_text="By width to height of the box around them.")
    positions = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Of their middles, in 8 × 8 cells, row by row from the top left.",
    )

    class Meta:
        ref_name = "ObjectBins"


class InsightsSerializer(serializers.Serializer[Any]):
    class SplitStatusCount(serializers.Serializer[Any]):
        split = serializers.ChoiceField(choices=Split.choices)
        status = serializers.ChoiceField(choices=ImageStatus.choices)
        count = serializers.IntegerField()

        class Meta:
            ref_name = "SplitStatusCount"

    class ClassSplitCount(serializers.Serializer[Any]):
        class_id = serializers.IntegerField()
        train = serializers.IntegerField()
        val = serializers.IntegerField()
        test = serializers.IntegerField()

        class Meta:
            ref_name = "ClassSplitCount"

    class BoxCount(serializers.Serializer[Any]):
        objects = serializers.IntegerField()
        images = serializers.IntegerField()

        class Meta:
            ref_name = "BoxCount"

    class WithoutObjects(serializers.Serializer[Any]):
        empty = serializers.IntegerField(help_text="Finished: somebody has said so.")
        begun = serializers.IntegerField(help_text="Not finished.")
        unseen = serializers.IntegerField(help_text="Nobody has looked at them.")

        class Meta:
            ref_name = "WithoutObjects"

    class Together(serializers.Serializer[Any]):
        first = serializers.IntegerField()
        second = serializers.IntegerField()
        images = serializers.IntegerField()

        class Meta:
            ref_name = "Together"

    computed_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When the figures of objects and pixels were computed; null: not yet.",
    )
    objects = ObjectBinsSerializer(help_text="Of the class that was asked for, or of all.")
    together_classes = serializers.ListField(
        child=serializers.IntegerField(), help_text="Those with the most objects first, 80 at most."
    )
    together = Together(
        many=True,
        help_text="Images with objects of both classes; of one with itself: that have it.",
    )
    image_pixels = BinSerializer(many=True, help_text="Images by their megapixels.")
    image_shapes = BinSerializer(many=True, help_text="Images by width to height.")
    brightness = BinSerializer(many=True)
    sharpness = BinSerializer(many=True, help_text="Images by the variance of the Laplacian.")
    unreadable = serializers.IntegerField(help_text="Images whose pixels cannot be read.")
    boxes = BoxCount(help_text="Objects that came as boxes and wait to be outlined.")
    without_objects = WithoutObjects()
    images_by_split_status = SplitStatusCount(many=True)
    instances_by_class_split = ClassSplitCount(many=True)
    instances_per_image = BinSerializer(many=True)
    instance_sizes = BinSerializer(many=True)
