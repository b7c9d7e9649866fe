import io
import json
import os
import subprocess
import sys

from training.engine.emitter import Emitter
from training.engine.protocol import EngineError


def test_each_event_is_one_line_of_json() -> None:
    stream = io.StringIO()
    emit = Emitter(stream)
    emit({"type": "warning", "message": "two\nlines, ä"})
    emit({"type": "cancelled"})
    lines = stream.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"type": "warning", "message": "two\nlines, ä"},
        {"type": "cancelled"},
    ]


def test_a_figure_that_is_not_finite_still_makes_valid_json() -> None:
    stream = io.StringIO()
    Emitter(stream)(
        {
            "type": "batch",
            "epoch": 1,
            "batch": 1,
            "batches": 2,
            "losses": {"box": float("nan"), "seg": float("inf"), "cls": 1.5, "dfl": 0.0},
            "eta_seconds": 1.0,
            "learning_rate": 0.01,
            "images_per_second": 8.0,
            "gpu_memory_mb": None,
            "gpu_utilisation_percent": None,
        }
    )
    losses = json.loads(
        stream.getvalue(), parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name))
    )["losses"]
    assert losses == {"box": 0.0, "seg": 0.0, "cls": 1.5, "dfl": 0.0}


def test_a_reader_that_went_away_is_noticed_and_harmless() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb", buffering=0) as raw:  # noqa: PTH123
        emit = Emitter(io.TextIOWrapper(raw, write_through=True))
        emit({"type": "cancelled"})
        assert emit.parent_gone
        emit({"type": "cancelled"})


def test_an_engine_error_becomes_a_failed_event() -> None:
    error = EngineError("bad_device", "No GPU 3.", "Choose another device.")
    assert error.as_event() == {
        "type": "failed",
        "code": "bad_device",
        "message": "No GPU 3.",
        "hint": "Choose another device.",
    }


def test_prints_of_libraries_do_not_reach_the_event_stream() -> None:
    program = (
        "import os\n"
        "from training.engine.emitter import Emitter, take_over_stdout\n"
        "emit = Emitter(take_over_stdout())\n"
        "print('python print')\n"
        "os.write(1, b'print of a C library\\n')\n"
        "emit({'type': 'cancelled'})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == '{"type": "cancelled"}\n'
    assert "python print" in done.stderr
    assert "print of a C library" in done.stderr


def test_the_protocol_imports_no_torch() -> None:
    program = (
        "import sys, training.engine.protocol, training.engine.checkpoints.base_models\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
