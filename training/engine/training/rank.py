"""``python -m training.engine.training.rank <request.json>``: one process of a run on several GPUs.

Started by torch's launcher, which sets RANK and its like: see ``several_gpus``.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from training.engine.emitter import Emitter, take_over_stdout
from training.engine.failures import explain_failure
from training.engine.host.environment import prepare_environment, silence_settings
from training.engine.stopping import Cancelled, Stopping


def main(path: str) -> int:
    """Train as this rank; the first one speaks for all, but each says why it failed."""
    request = json.loads(Path(path).read_text())
    stopping = Stopping()
    stopping.install()
    emit = Emitter(take_over_stdout())
    try:
        prepare_environment(config_dir=request.get("config_dir"), device=request["device"])
        silence_settings()
        from .train import train

        train(request, emit, stopping)
    except Cancelled:
        if os.environ["RANK"] == "0":
            emit({"type": "cancelled"})
    except Exception as error:
        traceback.print_exc()
        emit(explain_failure(error, device=request["device"]).as_event())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
