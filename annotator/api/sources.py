"""Imports from a folder on the server and from a URL."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.imports.arrivals import import_from_folder, import_from_url
from annotator.imports.arriving.server_folders import list_folder
from annotator.permissions import LEADS, get_dataset_for

from .serializers.imports import ImportSerializer
from .web.base import current_user, parse
from .web.view import APIView


class FolderImportSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(max_length=4096, trim_whitespace=False)


class UrlImportSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=2000)


class ServerFolderQuerySerializer(serializers.Serializer[Any]):
    path = serializers.CharField(
        max_length=4096, required=False, allow_blank=True, trim_whitespace=False
    )


class ServerEntrySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    path = serializers.CharField()
    is_folder = serializers.BooleanField()


class ServerFolderSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(allow_blank=True)
    above = serializers.CharField(allow_null=True, allow_blank=True)
    entries = ServerEntrySerializer(many=True)
    has_more = serializers.BooleanField(help_text="There are more entries than a list shows.")
    is_allowed = serializers.BooleanField(help_text="An administrator has allowed folders.")


class FolderImportView(APIView):
    @extend_schema(
        operation_id="imports_create_from_folder",
        request=FolderImportSerializer,
        responses={202: ImportSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Import from a folder or an archive on the server, where an administrator allows it."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        path = parse(FolderImportSerializer, request.data)["path"]
        job = import_from_folder(dataset, path, created_by=user)
        return Response(ImportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class UrlImportView(APIView):
    @extend_schema(
        operation_id="imports_create_from_url",
        request=UrlImportSerializer,
        responses={202: ImportSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Import an archive from an http or https address; a worker downloads it."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        url = parse(UrlImportSerializer, request.data)["url"]
        job = import_from_url(dataset, url, created_by=user)
        return Response(ImportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class ServerFoldersView(APIView):
    @extend_schema(
        operation_id="server_folders_list",
        parameters=[ServerFolderQuerySerializer],
        responses=ServerFolderSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """List folders and archives on the server that can be imported into the dataset."""
        get_dataset_for(current_user(request), slug, LEADS)
        path = parse(ServerFolderQuerySerializer, request.query_params).get("path", "")
        return Response(ServerFolderSerializer(list_folder(path)).data)
