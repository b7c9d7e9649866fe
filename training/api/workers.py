"""Workers, their devices, base models, and the jobs that wait or run."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import current_user, parse
from annotator.api.web.view import APIView
from training.jobs.job_list import WorkerOverview, list_tray, overview_workers
from training.jobs.payloads import JobItem
from training.jobs.queue_pause import resume_queue
from training.jobs.workers import DeviceList, list_devices, remove_worker, set_worker_mode
from training.models import WorkerMode
from training.permissions import check_administrator, get_worker_for
from training.runs.base_models import BaseModelPayload, list_base_models

from .base import list_of
from .schema import schema_of


class BaseModelListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="base_models_list", responses=list_of(BaseModelPayload))
    def get(self, request: Request) -> Response:
        """List the models that a run can start from."""
        return Response(list_base_models())


class DeviceListView(APIView):
    @extend_schema(operation_id="devices_read", responses=schema_of(DeviceList))
    def get(self, request: Request) -> Response:
        """List the devices of the workers that are online."""
        return Response(list_devices())


class WorkerListView(APIView):
    @extend_schema(operation_id="workers_read", responses=schema_of(WorkerOverview))
    def get(self, request: Request) -> Response:
        """List the workers, what each does, and what waits for them, in order."""
        return Response(overview_workers(current_user(request)))


class WorkerUpdateSerializer(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(choices=WorkerMode.choices)


class WorkerView(APIView):
    """One worker; for administrators."""

    @extend_schema(
        operation_id="workers_update", request=WorkerUpdateSerializer, responses={204: None}
    )
    def patch(self, request: Request, worker_id: int) -> Response:
        """Let a worker work, take nothing new ("pause"), or finish what it does ("drain")."""
        worker = get_worker_for(current_user(request), worker_id)
        set_worker_mode(worker, WorkerMode(parse(WorkerUpdateSerializer, request.data)["mode"]))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="workers_delete", responses={204: None})
    def delete(self, request: Request, worker_id: int) -> Response:
        """Forget a worker that is gone."""
        remove_worker(get_worker_for(current_user(request), worker_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class QueueResumeView(APIView):
    """A data folder that was moved or restored starts with its queue paused."""

    @extend_schema(operation_id="queue_resume", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Let the queue go on; for administrators."""
        check_administrator(current_user(request))
        resume_queue()
        return Response(status=status.HTTP_204_NO_CONTENT)


class JobListView(APIView):
    pagination_class = None

    @extend_schema(
        operation_id="jobs_list",
        responses=list_of(JobItem),
    )
    def get(self, request: Request) -> Response:
        """List the jobs of your datasets: active, or ended in the last ten minutes."""
        return Response(list_tray(current_user(request)))
