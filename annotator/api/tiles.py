"""How far the tiles of a big picture are."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.images.tiles import read_tiles_state
from annotator.permissions import get_image_for

from .serializers.base import ProblemSerializer
from .web.base import current_user
from .web.view import APIView


class TilesStateSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["ready", "making", "failed"])
    detail = serializers.CharField(allow_blank=True)


class TilesView(APIView):
    @extend_schema(
        operation_id="tiles_read", responses={200: TilesStateSerializer, 409: ProblemSerializer}
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """Say whether the tiles are there; asking has them made where they are missing."""
        return Response(read_tiles_state(get_image_for(current_user(request), image_id)))
