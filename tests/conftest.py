"""Settings that hold for every test, and what several of them use."""

import jax
import pytest

# A silent promotion from int to float, or from [n] to [n, m], hides mistakes: here it is an error.
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture
def compilations():
    """The durations of everything that XLA compiles while the test runs."""
    seen = []

    def listen(event, duration, **_):
        if event == "/jax/core/compile/backend_compile_duration":
            seen.append(duration)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield seen
    jax.monitoring.unregister_event_duration_listener(listen)


@pytest.fixture
def upload_folder(tmp_path, monkeypatch):
    """Gradio's upload folder: a new one for the test."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder
