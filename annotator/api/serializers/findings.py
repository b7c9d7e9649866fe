"""What goes over the wire about findings."""

from typing import Any

from rest_framework import serializers

from annotator.images.findings.setting_aside import MOST_AT_ONCE
from annotator.labels.figures.objects import TINY_PX
from annotator.models import FindingKind, Split


class FindingsSerializer(serializers.Serializer[Any]):
    class Finding(serializers.Serializer[Any]):
        class ClassFinding(serializers.Serializer[Any]):
            class_id = serializers.IntegerField()
            splits = serializers.ListField(
                child=serializers.ChoiceField(choices=Split.choices),
                help_text="That it is absent from; none for a class without objects.",
            )

            class Meta:
                ref_name = "ClassFinding"

        kind = serializers.ChoiceField(choices=FindingKind.choices)
        title = serializers.CharField()
        why = serializers.CharField(help_text="Why it matters.")
        repair = serializers.CharField(
            allow_blank=True, help_text="What the bulk repair does; empty where there is none."
        )
        images = serializers.IntegerField(
            help_text="That the image list shows with this `finding`."
        )
        objects = serializers.IntegerField(help_text="That are meant; 0 where the images are.")
        set_aside = serializers.IntegerField(help_text="Images of which somebody said it is fine.")
        classes = ClassFinding(many=True)

        class Meta:
            ref_name = "Finding"

    computed_at = serializers.DateTimeField(
        allow_null=True, help_text="Null: no worker has been here yet."
    )
    is_stale = serializers.BooleanField(help_text="Something changed since; a worker was asked.")
    unmeasured = serializers.IntegerField(help_text="Images whose objects wait for a worker.")
    unlooked = serializers.IntegerField(help_text="Images whose pixels wait for a worker.")
    findings = Finding(many=True)


class RepairOptionsSerializer(serializers.Serializer[Any]):
    below_px = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=TINY_PX,
        help_text="Of `tiny`: objects of fewer px² are deleted.",
    )


class RepairPreviewSerializer(serializers.Serializer[Any]):
    images = serializers.IntegerField()
    objects = serializers.IntegerField()
    consequences = serializers.ListField(child=serializers.CharField())


class SetAsideSerializer(serializers.Serializer[Any]):
    """Either `ids` or `all`."""

    ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_AT_ONCE, required=False
    )
    all = serializers.BooleanField(
        required=False, help_text=f"All that have the finding, at most {MOST_AT_ONCE:,} at once."
    )
    is_fine = serializers.BooleanField(default=True, help_text="False: it is a finding again.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == bool(attrs.get("all")):
            raise serializers.ValidationError({"ids": ["Name the images, or all: one of both."]})
        return attrs


class SetAsideResultSerializer(serializers.Serializer[Any]):
    changed = serializers.IntegerField()


class ImageFindingSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=FindingKind.choices)
    title = serializers.CharField()
    why = serializers.CharField()
    objects = serializers.IntegerField()
    object_ids = serializers.ListField(
        child=serializers.UUIDField(), help_text="Of the first of them."
    )
    is_fine = serializers.BooleanField(help_text="Somebody said so.")
