"""Pictures and thumbnails, from addresses that carry the content's hash: cacheable for ever."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from annotator.images.thumbnails import read_picture, read_thumbnail
from annotator.images.tiles import read_tile
from annotator.labels.pixels.pyramid import TILE_EXTENSION
from annotator.permissions import get_image_for, get_thumbnail_image_for

from .web.base import current_user
from .web.view import APIView

FOR_EVER = "private, max-age=31536000, immutable"
MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "bmp": "image/bmp",
}


def picture_response(request: HttpRequest, content: bytes, extension: str) -> HttpResponse:
    """Answer a picture that never changes under its address, and that is nothing but a picture."""
    return HttpResponse(
        content,
        content_type=MEDIA_TYPES.get(extension.lower(), "application/octet-stream"),
        headers={
            "Cache-Control": FOR_EVER,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


class ImageFileView(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request, image_id: UUID, sha256: str, extension: str) -> HttpResponse:
        image = get_image_for(current_user(request), image_id)
        if image.sha256 != sha256:
            raise Http404
        return picture_response(request, read_picture(image), image.extension)


class ThumbnailView(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request, image_id: UUID, sha256: str) -> HttpResponse:
        image = get_thumbnail_image_for(current_user(request), image_id)
        if image.sha256 != sha256:
            raise Http404
        return picture_response(request, read_thumbnail(image), "webp")


class TileView(APIView):
    @extend_schema(exclude=True)
    def get(
        self, request: Request, image_id: UUID, sha256: str, *, level: str, column: str, row: str
    ) -> HttpResponse:
        image = get_image_for(current_user(request), image_id)
        if image.sha256 != sha256:
            raise Http404
        tile = read_tile(image, level=int(level), column=int(column), row=int(row))
        return picture_response(request, tile, TILE_EXTENSION)
