"""Uploads that go on after a break: tus 1.0.0 with creation, expiration and termination.

The protocol: https://tus.io/protocols/resumable-upload. A client creates an upload (POST), asks how
much of it is here (HEAD), and sends the rest (PATCH), as often as it needs to. Whole archives
become imports.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.imports.arrivals import import_upload
from annotator.imports.arriving.receiving import receive_part, settle_writer
from annotator.imports.arriving.uploads import (
    cancel_upload,
    expires_at,
    most_bytes,
    open_uploads_of,
    start_upload,
)
from annotator.kernel.errors import ServiceError
from annotator.models import Dataset, Upload
from annotator.permissions import LEADS, get_dataset_for, get_upload_for

from .serializers.uploads import UploadSerializer
from .web.base import CURSOR_PARAMETERS, current_user, page_of, paginate
from .web.parsers import LARGEST_INTEGER, JSONParser
from .web.view import APIView

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
MEDIA_TYPE = "application/offset+octet-stream"
MOST_METADATA = 4096


class ProtocolVersionError(ServiceError):
    """The client speaks another version of tus."""

    status = 412
    code = "tus_version"


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description)


RESUMABLE = _header("Tus-Resumable", "The version of the protocol: `1.0.0`.")
LENGTH = _header("Upload-Length", "The size of the whole upload in bytes.")
METADATA = _header("Upload-Metadata", "Pairs `key base64`: `filename`, and `fingerprint`, if any.")
OFFSET = _header("Upload-Offset", "How many bytes the server has: the part begins there.")


class PartParser(BaseParser):
    """Hands the body to the view unread."""

    media_type = MEDIA_TYPE

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return stream


class TusView(APIView):
    """Says the protocol's version in every answer."""

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Tus-Resumable"] = VERSION
        if answer.status_code == ProtocolVersionError.status:
            answer.headers["Tus-Version"] = VERSION
        return answer

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(most_bytes()),
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)


class UploadListView(APIView):
    @extend_schema(
        operation_id="uploads_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(UploadSerializer),
    )
    def get(self, request: Request) -> Response:
        """Your uploads that are not whole yet."""
        rows = open_uploads_of(current_user(request))
        return paginate(self, request, rows, UploadSerializer, ordering=("created_at", "id"))


class UploadCreationView(TusView):
    @extend_schema(
        operation_id="uploads_create",
        parameters=[RESUMABLE, LENGTH, METADATA],
        request=None,
        responses={201: OpenApiResponse(description="Its address is in `Location`.")},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Start an upload of an archive that can be continued after a break (tus)."""
        return create_upload(request, get_dataset_for(current_user(request), slug, LEADS))


def create_upload(request: Request, dataset: Dataset | None) -> Response:
    """Answer a request of tus that opens an upload; ``dataset``: as in :func:`start_upload`."""
    _check_version(request)
    metadata = read_metadata(request.headers.get("Upload-Metadata", ""))
    if "filename" not in metadata:
        raise ServiceError("Upload-Metadata names no `filename`.")
    upload = start_upload(
        dataset,
        owner=current_user(request),
        name=metadata["filename"],
        length_bytes=_read_number(request, "Upload-Length"),
        fingerprint=metadata.get("fingerprint", "")[:200],
    )
    headers = {
        "Location": f"/api/uploads/{upload.pk}/",
        "Upload-Offset": "0",
        "Upload-Expires": _expires(upload),
    }
    return Response(status=status.HTTP_201_CREATED, headers=headers)


class UploadView(TusView):
    parser_classes = [PartParser, JSONParser]

    @extend_schema(operation_id="uploads_read", responses=UploadSerializer)
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Read how much of an upload is on the server, and which import it became."""
        upload = get_upload_for(current_user(request), upload_id)
        return Response(UploadSerializer(upload).data)

    @extend_schema(operation_id="uploads_offset", exclude=True)
    def head(self, request: Request, upload_id: UUID) -> Response:
        """Ask where the next part begins (tus)."""
        upload = get_upload_for(current_user(request), upload_id)
        _check_version(request)
        if not upload.is_ended:
            settle_writer(upload)
            import_upload(upload)  # the last byte came, and the server stopped right then
        headers = {
            "Upload-Offset": str(upload.offset_bytes),
            "Upload-Length": str(upload.length_bytes),
            "Upload-Expires": _expires(upload),
            "Cache-Control": "no-store",
        }
        return Response(status=status.HTTP_200_OK, headers=headers)

    @extend_schema(
        operation_id="uploads_continue",
        parameters=[RESUMABLE, OFFSET],
        request={MEDIA_TYPE: OpenApiTypes.BINARY},
        responses={204: OpenApiResponse(description="`Upload-Offset`: what is here now.")},
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """Send the next part of an upload (tus)."""
        upload = get_upload_for(current_user(request), upload_id)
        _check_version(request)
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
        offset = receive_part(
            upload,
            offset_bytes=_read_number(request, "Upload-Offset"),
            read=_reader(request.data),
            announced=announced,
        )
        if offset == upload.length_bytes:
            import_upload(upload)
        headers = {"Upload-Offset": str(offset), "Upload-Expires": _expires(upload)}
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)

    @extend_schema(
        operation_id="uploads_cancel",
        parameters=[RESUMABLE],
        request=None,
        responses={204: OpenApiResponse(description="The upload and its bytes are gone.")},
    )
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Cancel an upload and delete what came of it (tus)."""
        upload = get_upload_for(current_user(request), upload_id)
        _check_version(request)
        cancel_upload(upload)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _check_version(request: Request) -> None:
    """Refuse a client of another version; one who may not be here has got 404 before."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ProtocolVersionError(
            f"This address speaks tus {VERSION}: send the header Tus-Resumable: {VERSION}."
        )


def _reader(data: Any) -> Callable[[int], bytes]:
    """Return what reads a body; one without a byte is no stream at all."""
    return data.read if hasattr(data, "read") else lambda _: b""


def _read_number(request: Request, name: str) -> int:
    given = request.headers.get(name, "")
    is_number = given.isascii() and given.isdigit() and len(given) < 20
    if not is_number or int(given) > LARGEST_INTEGER:
        raise ServiceError(f"Send the header {name}: a number of bytes.")
    return int(given)


def _expires(upload: Upload) -> str:
    return format_datetime(expires_at(upload), usegmt=True)


def read_metadata(text: str) -> dict[str, str]:
    """Read ``Upload-Metadata``: ``key base64,key base64``. Raises ServiceError."""
    if len(text) > MOST_METADATA:
        raise ServiceError("Upload-Metadata is too long.")
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            value = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ServiceError(
                f"Upload-Metadata: the value of `{key[:60]}` is not text in Base64."
            ) from error
        if "\0" in value:
            raise ServiceError(f"Upload-Metadata: `{key[:60]}` holds a null character.")
        found[key] = value
    return found
