"""What goes over the wire about tags and saved views."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.images.ordering import ORDERINGS
from annotator.models import MAX_TAG_LENGTH, MAX_VIEW_LENGTH, SavedView, Tag

from .base import ColorField, NameField, UserSerializer
from .images import ImageFiltersSerializer

TILES = ("compact", "medium", "large")


class TagSerializer(serializers.ModelSerializer[Tag]):
    class Meta:
        model = Tag
        fields = ["id", "name", "color"]
        read_only_fields = fields


class TagCreateSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=MAX_TAG_LENGTH)
    color = ColorField(required=False)


class TagUpdateSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=MAX_TAG_LENGTH, required=False)
    color = ColorField(required=False)


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    owner = UserSerializer()
    filters = serializers.SerializerMethodField()
    ordering = serializers.ChoiceField(choices=ORDERINGS)
    tile = serializers.ChoiceField(choices=TILES)

    class Meta:
        model = SavedView
        fields = ["id", "name", "owner", "filters", "ordering", "tile", "is_shared"]
        read_only_fields = fields

    @extend_schema_field(ImageFiltersSerializer)
    def get_filters(self, view: SavedView) -> dict[str, Any]:
        return dict(view.filters)


class SavedViewUpdateSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=MAX_VIEW_LENGTH, required=False)
    filters = ImageFiltersSerializer(required=False)
    ordering = serializers.ChoiceField(choices=ORDERINGS, required=False)
    tile = serializers.ChoiceField(choices=TILES, required=False)
    is_shared = serializers.BooleanField(
        required=False, help_text="All members see it; for team leads."
    )

    def validate_filters(self, filters: dict[str, Any]) -> dict[str, Any]:
        """As they came: words like `me` mean who opens the view."""
        given: dict[str, Any] = self.initial_data["filters"]
        return {name: given[name] for name in filters if given.get(name) is not None}


class SavedViewCreateSerializer(SavedViewUpdateSerializer):
    name = NameField(max_length=MAX_VIEW_LENGTH)
