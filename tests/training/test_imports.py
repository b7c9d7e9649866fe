"""Only the engine process imports torch, and only a worker Optuna, when a search asks for it."""

import subprocess
import sys

PROGRAM = """
import sys
import config.asgi  # what the web server loads
import django.urls
django.urls.get_resolver().url_patterns
django.urls.resolve("/api/runs/")
{more}
heavy = {{"torch", "torchvision", "ultralytics", "cv2", "matplotlib", "optuna"}} & set(sys.modules)
sys.exit(f"imported: {{heavy}}" if heavy else 0)
"""


def run(more: str = "") -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(more=more)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_web_server_never_imports_torch() -> None:
    run()


def test_neither_do_workers() -> None:
    run(
        "import config.celery, training.runs.training, training.predictions.predicting\n"
        "config.celery.app.loader.import_default_modules()"
    )
