"""Who is on an image now."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.annotations.presence import mark_gone, mark_present
from annotator.permissions import get_image_for

from .web.base import current_user, parse
from .web.view import APIView


class TabSerializer(serializers.Serializer[Any]):
    """The query parameter of leaving: a body would be lost with the page."""

    tab = serializers.RegexField(
        r"^[\w-]{1,64}$",
        help_text="Made by the client, one for each open tab.",
        error_messages={"invalid": "A tab is named by up to 64 letters, digits, - and _."},
    )


class HeartbeatSerializer(TabSerializer):
    """Sent every 15 seconds by an open editor."""

    editing = serializers.BooleanField(default=False)


class PresentSerializer(serializers.Serializer[Any]):
    user_id = serializers.IntegerField()
    username = serializers.CharField()
    display_name = serializers.CharField()
    tab = serializers.CharField()
    editing = serializers.BooleanField()


class PresenceView(APIView):
    pagination_class = None

    @extend_schema(
        operation_id="presence_update",
        request=HeartbeatSerializer,
        responses=PresentSerializer(many=True),
    )
    def post(self, request: Request, image_id: UUID) -> Response:
        """Say that you have the image open; answers everybody who has, you among them."""
        user = current_user(request)
        image = get_image_for(user, image_id)
        return Response(mark_present(image, user, **parse(HeartbeatSerializer, request.data)))

    @extend_schema(
        operation_id="presence_delete", parameters=[TabSerializer], responses={204: None}
    )
    def delete(self, request: Request, image_id: UUID) -> Response:
        """Say that a tab left the image."""
        user = current_user(request)
        image = get_image_for(user, image_id)
        mark_gone(image, user, **parse(TabSerializer, request.query_params))
        return Response(status=status.HTTP_204_NO_CONTENT)
