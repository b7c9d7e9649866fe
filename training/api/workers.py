"""Workers, their devices, base models, and the jobs that wait or run."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.base import current_user
from training.services.base_models import BaseModelPayload, list_base_models
from training.services.job_list import WorkerOverview, list_tray, overview_workers
from training.services.payloads import JobItem
from training.services.workers import DeviceList, list_devices

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


class JobListView(APIView):
    pagination_class = None

    @extend_schema(
        operation_id="jobs_list",
        responses=list_of(JobItem),
    )
    def get(self, request: Request) -> Response:
        """List the jobs of your datasets: active, or ended in the last ten minutes."""
        return Response(list_tray(current_user(request)))
