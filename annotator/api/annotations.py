"""The annotation of an image: reading, saving, history."""

import re
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.annotations.data import read_annotation
from annotator.annotations.history import list_revisions, read_revision
from annotator.folder.live_folder import take_in_outside_edit
from annotator.folder.saving import replace_annotation, save_annotation
from annotator.kernel.errors import RevisionMissingError
from annotator.permissions import get_image_for, get_image_to_save

from .serializers.annotations import (
    AnnotationPatchSerializer,
    AnnotationPutSerializer,
    AnnotationSavedSerializer,
    AnnotationSerializer,
    RevisionSerializer,
)
from .serializers.base import ProblemSerializer
from .web.annotation_parser import AnnotationParser, read_changes
from .web.base import CURSOR_PARAMETERS, IF_MATCH, current_user, page_of, paginate, parse
from .web.view import APIView


def read_base_revision(request: Request) -> int:
    """Return the revision in ``If-Match``; RevisionMissingError (428) without one."""
    match = re.fullmatch(r'(?:W/)?"(\d{1,9})"', request.headers.get("If-Match", ""))
    if match is None:
        raise RevisionMissingError(
            'Send the revision that the save is based on, as in: If-Match: "7".'
        )
    return int(match[1])


class AnnotationView(APIView):
    parser_classes = [AnnotationParser]

    @extend_schema(operation_id="annotation_read", responses=AnnotationSerializer)
    def get(self, request: Request, image_id: UUID) -> Response:
        """Return the newest annotation; its revision is the ETag."""
        image = get_image_for(current_user(request), image_id)
        if take_in_outside_edit(image):
            image.refresh_from_db()
        return Response(read_annotation(image), headers={"ETag": f'"{image.revision}"'})

    @extend_schema(
        operation_id="annotation_replace",
        parameters=[IF_MATCH],
        request=AnnotationPutSerializer,
        responses={200: AnnotationSerializer, 412: ProblemSerializer, 428: ProblemSerializer},
    )
    def put(self, request: Request, image_id: UUID) -> Response:
        """Make these instances the whole annotation, in this order."""
        image = get_image_to_save(current_user(request), image_id)
        values = parse(AnnotationPutSerializer, request.data)
        saved = replace_annotation(
            image,
            base_revision=read_base_revision(request),
            author=current_user(request),
            **values,
        )
        return Response(read_annotation(saved), headers={"ETag": f'"{saved.revision}"'})

    @extend_schema(
        operation_id="annotation_save",
        parameters=[IF_MATCH],
        request=AnnotationPatchSerializer,
        responses={200: AnnotationSavedSerializer, 412: ProblemSerializer, 428: ProblemSerializer},
    )
    def patch(self, request: Request, image_id: UUID) -> Response:
        """Store a difference. The same difference sent twice changes nothing the second time.

        412 carries ``current``, the newest annotation, so that nothing is lost.
        """
        image = get_image_to_save(current_user(request), image_id)
        values = read_changes(request)
        saved = save_annotation(
            image,
            base_revision=read_base_revision(request),
            author=current_user(request),
            **values,
        )
        answer = {
            "image": str(saved.pk),
            "revision": saved.revision,
            "status": saved.status,
            "instance_count": saved.instance_count,
            "ignore_region_count": saved.ignore_region_count,
        }
        return Response(answer, headers={"ETag": f'"{saved.revision}"'})


class RevisionListView(APIView):
    @extend_schema(
        operation_id="revisions_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(RevisionSerializer),
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """List who changed what and when, the newest first."""
        image = get_image_for(current_user(request), image_id)
        rows = list_revisions(image)
        return paginate(self, request, rows, RevisionSerializer, ordering=("-number",))


class RevisionView(APIView):
    @extend_schema(operation_id="revisions_read", responses=AnnotationSerializer)
    def get(self, request: Request, image_id: UUID, number: int) -> Response:
        """Return the annotation as it stood at a revision; to restore it, save it."""
        image = get_image_for(current_user(request), image_id)
        return Response(read_revision(image, number))
