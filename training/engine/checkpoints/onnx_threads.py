"""ONNX Runtime on a processor that others use too."""

from typing import Any

from training.engine.host.environment import cpu_threads


def calm_onnx(model: Any) -> None:
    """Let the threads of an ONNX model sleep between their turns, where it runs on the processor.

    ONNX Runtime lets them spin, which is a little faster on an idle machine and many times slower
    on one that also trains, serves pages or evaluates. ``model``: Ultralytics' ``AutoBackend``;
    other formats are left alone. It offers no way to say this, so the session is made anew.
    """
    backend = getattr(model, "backend", None)
    session = getattr(backend, "session", None)
    if session is None or session.get_providers() != ["CPUExecutionProvider"]:
        return
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cpu_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    backend.session = onnxruntime.InferenceSession(  # type: ignore[union-attr]
        session._model_path, options, providers=["CPUExecutionProvider"]
    )
