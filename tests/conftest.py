"""Settings that hold for every test, and what several of them use."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import jax
import pytest

from tests.serving import Served, serving
from tests.turns import in_turn

ROOT = Path(__file__).parents[1]

# A silent promotion from int to float, or from [n] to [n, m], hides mistakes: here it is an error.
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

# An example that takes 0.2 s, or is slowly drawn, says that the machine is busy, and nothing of what is tested.
hypothesis.settings.register_profile("lab", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("lab")

# What XLA compiles is kept between runs, and shared with the labs and programs that tests start. With a limit of its
# size JAX locks the folder, so that no process reads what another is still writing.
CACHE = {
    "jax_compilation_cache_dir": str(ROOT / ".pytest_cache" / "jax"),
    "jax_compilation_cache_max_size": 2**30,
    "jax_persistent_cache_min_compile_time_secs": 0.0,
    "jax_persistent_cache_min_entry_size_bytes": -1,
}
for _name, _value in CACHE.items():
    jax.config.update(_name, _value)
    os.environ[_name.upper()] = str(_value)

LAYERS = {"tests/ui": "browser", "tests/page": "page without a browser", "convdemo/ui": "page without a browser"}
CORE = "core"
NEEDS_WARM_LAB = "tests/ui/test_faults.py"


def layer_of(node_id: str) -> str:
    """Return the layer that a test belongs to, by its folder."""
    return next((layer for folder, layer in LAYERS.items() if node_id.startswith(folder)), CORE)


# ---- order and company ---------------------------------------------------------------------------------------------


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: no other test may run beside this one")
    config.addinivalue_line("markers", "browser_says(words): what the browser says of a network that the test breaks")


def pytest_collection_modifyitems(items):
    """Put the longest files first, those with a browser, so that short ones fill what is left of the time.

    Of these the one that waits until its lab is warm comes last: labs are warm by then.
    """
    order = [*dict.fromkeys(LAYERS.values()), CORE]
    items.sort(key=lambda item: (order.index(layer_of(item.nodeid)), item.nodeid.startswith(NEEDS_WARM_LAB)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    run = getattr(item.config, "workerinput", {}).get("testrunuid")
    if run is None:  # not parallel
        return (yield)
    with in_turn(item.config.cache.mkdir("turns") / run, alone=item.get_closest_marker("alone") is not None):
        return (yield)


# ---- what the run took ---------------------------------------------------------------------------------------------


def pytest_terminal_summary(terminalreporter):
    """Tell how many tests each layer has, and how long they took, one after the other."""
    seconds, tests = defaultdict(float), defaultdict(set)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[layer_of(report.nodeid)] += report.duration
                tests[layer_of(report.nodeid)].add(report.nodeid)
    terminalreporter.section("seconds by layer, all workers together")
    for layer in sorted(tests):
        terminalreporter.write_line(f"{seconds[layer]:7.0f} s for {len(tests[layer]):5} tests: {layer}")


# ---- fixtures ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Iterator[Served]:
    """The lab that the tests of one worker share."""
    with serving(tmp_path_factory.mktemp("lab")) as served:
        yield served


@pytest.fixture
def compilations():
    """The durations of everything that XLA compiles while the test runs, or would compile without its cache."""
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
