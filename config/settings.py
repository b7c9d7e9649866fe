"""Django settings. Everything a host may change is an environment variable (docs/operations.md)."""

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url

from config.private_folder import keep_new_files_private
from config.proxies import read_proxies
from config.redis_embedded import embedded_redis_url

REPOSITORY = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


def _env_list(name: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def _read_or_make_secret(path: Path) -> str:
    """Return the secret kept in ``path``; make one, readable by its owner only, the first time."""
    try:
        if text := path.read_text().strip():
            return text
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(50)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secret)
    except FileExistsError:  # another process of the same start was quicker
        return path.read_text().strip() or secret
    return secret


keep_new_files_private()  # also those of this process' children: workers' engines, and the like
DATA_ROOT = Path(os.environ.get("SEGLOOP_DATA") or REPOSITORY / "data").resolve()
DATA_ROOT.mkdir(parents=True, exist_ok=True)

DEBUG = os.environ.get("SEGLOOP_DEBUG") == "1"
SECRET_KEY = os.environ.get("SEGLOOP_SECRET_KEY") or _read_or_make_secret(DATA_ROOT / "secret_key")
ALLOWED_HOSTS = _env_list("SEGLOOP_ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = _env_list("SEGLOOP_CSRF_TRUSTED_ORIGINS")
HTTPS = os.environ.get("SEGLOOP_HTTPS") == "1"
# The reverse proxies whose X-Forwarded-For is believed (config/proxies.py).
PROXIES = read_proxies(os.environ.get("SEGLOOP_PROXIES", ""))

INSTALLED_APPS = [
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "annotator",
    "training",
    "config.apps.ConfigAppConfig",
]

MIDDLEWARE = [
    "config.middleware.finish_api_answers",  # first, as it sees what the others answer, too
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.static_files",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.security_headers",
    "config.middleware.refuse_null_characters",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- database -------------------------------------------------------------------------------
_SQLITE_OPTIONS: dict[str, Any] = {
    # IMMEDIATE: a writer waits for its turn at BEGIN instead of failing half-way (SQLITE_BUSY).
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        "PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728;"
    ),
}
if _url := os.environ.get("DATABASE_URL"):
    DATABASES: dict[str, Any] = {"default": dj_database_url.parse(_url)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "config.sqlite3",
            "NAME": str(DATA_ROOT / "segloop.sqlite3"),
        }
    }
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "config.sqlite3"  # keeps connections for the next request
    DATABASES["default"]["OPTIONS"] = _SQLITE_OPTIONS
elif DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Under ASGI each request has a thread of its own: connections are kept in a pool instead.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 12}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis and Celery -----------------------------------------------------------------------
REDIS_URL = os.environ.get("REDIS_URL") or embedded_redis_url(DATA_ROOT)
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_TASK_ROUTES: dict[str, Any] = {
    "training.tasks.run_training": {"queue": "gpu"},
    "training.tasks.run_evaluation": {"queue": "gpu"},
    "training.tasks.run_prediction": {"queue": "gpu"},
    "training.tasks.run_export": {"queue": "gpu"},
    "training.tasks.run_check": {"queue": "gpu"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# A message is only a nudge, the database row is the truth: late redelivery is harmless.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 24 * 3600, "socket_keepalive": False}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]

# --- people ---------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["annotator.kernel.accounts.sign_in.LimitedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [{"NAME": "annotator.kernel.accounts.tokens.TokensEndWithPassword"}]
KNOX_TOKEN_MODEL = "annotator.Token"  # noqa: S105
MIGRATION_MODULES = {"knox": None}  # its own table is not used
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False  # the reverse proxy's duty; the server itself speaks HTTP
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# No header says who asks or how: config/asgi.py does, from SEGLOOP_HTTPS and SEGLOOP_PROXIES.
SECURE_PROXY_SSL_HEADER = None
USE_X_FORWARDED_HOST = USE_X_FORWARDED_PORT = False
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
LOGIN_URL = "/sign-in"

# --- API ------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotator.api.web.authentication.SessionAuthentication",
        "annotator.api.web.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["annotator.api.web.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "annotator.api.web.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "annotator.api.web.problems.handle_exception",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Segloop",
    "DESCRIPTION": "Draw polygons, train, evaluate, predict. The front end uses this same API.",
    "VERSION": VERSION,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",  # nothing is loaded from elsewhere
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "annotator.api.event_schema.add_events",
    ],
    "ENUM_NAME_OVERRIDES": {
        "FigureReason": ["", "nothing_found", "nothing_to_measure", "not_evaluated"],
        "JobState": "annotator.models.jobs.JobState",
        "Split": "annotator.models.images.Split",
        "FindingKind": "annotator.models.findings.FindingKind",
        "ImageStatus": "annotator.models.images.ImageStatus",
        "SettableStatus": ["unlabelled", "in_progress", "done"],
        "IndependentState": "annotator.models.independent.IndependentAnnotation.State",
        "Role": "annotator.models.datasets.Role",
        "JobKind": [
            *("import", "dataset_export", "bulk_change", "folder", "version", "run"),
            *("synthetic_preview", "batch_preview"),
            *(
                "evaluation",
                "prediction",
                "export",
                "check",
                "run_import",
                "version_check",
                "weights",
            ),
        ],
        "FolderChangeKind": "annotator.models.folder.ChangeKind",
        "SizeName": ["small", "medium", "large"],
        "SettledKind": ["added", "changed", "moved", "removed"],
        "FolderChangeState": "annotator.models.folder.ChangeState",
        "FormatEnum": "training.models.exports.ExportFormat",
        "LabelFormatName": "annotator.api.serializers.exports.FORMAT_NAMES",
        "FileKind": ["checkpoint", "plot", "table", "log", "config", "other"],
        "CheckpointKind": "training.models.runs.CheckpointKind",
        "DeviceKind": ["cpu", "gpu"],
        "WorkerState": ["online", "offline"],
        "RunOrigin": "training.models.runs.RunOrigin",
        "ModelKind": ["checkpoint", "export", "weights"],
        "WorkerMode": "training.models.workers.WorkerMode",
        "NumberKind": ["float", "int"],
        "SearchState": "training.models.searches.SearchState",
        "TrialState": [
            *("queued", "running", "cancelling", "finished", "pruned", "stopped"),
            *("failed", "cancelled", "deleted"),
        ],
        "VerdictKind": "training.models.verdicts.VerdictKind",
        "VerdictState": "training.models.verdicts.VerdictState",
        "VerdictSide": "training.models.verdicts.Side",
        "ShapeOutcomeEnum": ["tp", "fp", "fn", "wrong_class"],
        "SuspectKindEnum": ["missing", "extra", "wrong_class", "sloppy_outline"],
    },
}

# --- files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_ROOT / "cache" / "static"
FRONTEND_DIST = REPOSITORY / "frontend" / "dist"
STATICFILES_DIRS = [("app", FRONTEND_DIST)] if FRONTEND_DIST.is_dir() else []
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_ALLOW_ALL_ORIGINS = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024  # a JSON body: an annotation of many thousand points
FILE_UPLOAD_TEMP_DIR = str(DATA_ROOT / "cache" / "uploads")
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 2000
FILE_UPLOAD_PERMISSIONS = 0o600
for _folder in (STATIC_ROOT, DATA_ROOT / "cache" / "uploads"):
    _folder.mkdir(parents=True, exist_ok=True)

# --- limits ---------------------------------------------------------------------------------
MAX_IMAGE_MEGAPIXELS = float(os.environ.get("SEGLOOP_MAX_IMAGE_MEGAPIXELS", "200"))
TILED_MEGAPIXELS = float(os.environ.get("SEGLOOP_TILED_MEGAPIXELS", "40"))
MAX_UPLOAD_GIGABYTES = float(os.environ.get("SEGLOOP_MAX_UPLOAD_GIGABYTES", "50"))
WATCH_FOLDERS = os.environ.get("SEGLOOP_WATCH_FOLDERS", "1") == "1"
MIN_FREE_DISK_MEGABYTES = int(os.environ.get("SEGLOOP_MIN_FREE_DISK_MEGABYTES", "500"))
# Folders of the server that team leads may import from, separated by ":"; none by default.
IMPORT_ROOTS = [item for item in os.environ.get("SEGLOOP_IMPORT_ROOTS", "").split(":") if item]
# Imports from a URL connect to public addresses alone; "1": also to those of your own network.
IMPORT_PRIVATE_URLS = os.environ.get("SEGLOOP_IMPORT_PRIVATE_URLS") == "1"
# How long what was deleted can be brought back.
TRASH_DAYS = float(os.environ.get("SEGLOOP_TRASH_DAYS", "30"))
EXPORT_DAYS = float(os.environ.get("SEGLOOP_EXPORT_DAYS", "7"))

# An engine from which nothing comes for so long hangs; thrice that while it starts or validates.
HANG_MINUTES = float(os.environ.get("SEGLOOP_HANG_MINUTES", "10"))

# A model that was asked to answer at once stays loaded for so long after the last request.
WARM_MODEL_MINUTES = float(os.environ.get("SEGLOOP_WARM_MODEL_MINUTES", "15"))

# How many runs of one dataset may train at once, so that one team leaves devices to others; 0: any.
RUNS_PER_DATASET = int(os.environ.get("SEGLOOP_RUNS_PER_DATASET", "0"))

# A tracking server that every run is logged to, such as http://tracking:5000; "": none.
MLFLOW_URI = os.environ.get("SEGLOOP_MLFLOW_URI", "")

# Mail: where a server is named, who started a run is told of its end.
EMAIL_HOST = os.environ.get("SEGLOOP_MAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("SEGLOOP_MAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("SEGLOOP_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("SEGLOOP_MAIL_PASSWORD", "")
EMAIL_USE_SSL = os.environ.get("SEGLOOP_MAIL_ENCRYPTION", "starttls") == "ssl"
EMAIL_USE_TLS = os.environ.get("SEGLOOP_MAIL_ENCRYPTION", "starttls") == "starttls"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = os.environ.get("SEGLOOP_MAIL_FROM") or EMAIL_HOST_USER or "segloop@localhost"
# The address under which people open Segloop, for links in mails: https://segloop.example.org
PUBLIC_URL = os.environ.get("SEGLOOP_PUBLIC_URL", "").rstrip("/")

# Pretrained weights may be fetched from Ultralytics' releases; "0" keeps the machine to itself.
ALLOW_WEIGHTS_DOWNLOAD = os.environ.get("SEGLOOP_ALLOW_WEIGHTS_DOWNLOAD", "1") != "0"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {name: {"level": "INFO"} for name in ("annotator", "training", "config", "celery")},
}
