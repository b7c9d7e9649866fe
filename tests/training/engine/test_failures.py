import errno

import pytest

from training.engine.failures import explain_failure
from training.engine.protocol import EngineError


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total …"),
            "out_of_memory",
            "GPU 0",
        ),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
            "out_of_memory",
            "",
        ),
        (RuntimeError("could not create a primitive"), "out_of_memory", ""),
        (MemoryError(), "out_of_memory", ""),
        (
            RuntimeError("DataLoader worker (pid 7) is killed by signal: Bus error."),
            "out_of_memory",
            "shared memory",
        ),
        (
            RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."),
            "out_of_memory",
            "killed",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full", "disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "disk_full", "disk is full"),
        (RuntimeError("Training failed: NaN persisted for 4 epochs"), "loss_not_finite", "loss"),
        (
            RuntimeError("Checkpoint last.pt is corrupted with NaN/Inf weights"),
            "loss_not_finite",
            "",
        ),
        (ValueError("Invalid CUDA 'device=3' requested."), "bad_device", "GPU 0"),
        (
            RuntimeError("Dataset 'x.yaml' error ❌ images not found"),
            "data_unreadable",
            "images not found",
        ),
        (
            ValueError("final batch=1 training at imgsz=32 gives BatchNorm a single value"),
            "bad_request",
            "one image",
        ),
        (ZeroDivisionError("division by zero"), "unexpected", "division by zero"),
        (EngineError("bad_device", "No GPU 3.", "Another."), "bad_device", "No GPU 3."),
    ],
)
def test_known_causes_have_a_sentence_and_a_hint(error: Exception, code: str, says: str) -> None:
    explained = explain_failure(error, device="0")
    assert explained.code == code
    assert says in explained.message
    assert explained.hint
    assert "❌" not in explained.message
    assert "\n" not in explained.message


def test_the_processor_is_called_so() -> None:
    assert "processor" in explain_failure(MemoryError(), device="cpu").message
