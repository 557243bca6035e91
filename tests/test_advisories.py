"""What the report of pip-audit means; whether its database is reached is no matter of the tree."""

import json

import pytest

from tests.advisories import FOUND, NO_ANSWER, NOTHING, installed, judge

CLEAN = {"name": "numpy", "version": "2.0.0", "vulns": []}
HOLED = {"name": "pillow", "version": "9.0.0", "vulns": [{"id": "PYSEC-2022-10", "fix_versions": ["9.0.1"]}]}
SKIPPED = {"name": "pillow", "skip_reason": "Dependency not found on PyPI and could not be audited: pillow (9.0.0)"}


def report(*dependencies):
    return json.dumps({"dependencies": list(dependencies), "fixes": []})


@pytest.mark.parametrize(
    ("said", "status", "lines"),
    [
        (report(CLEAN, {**HOLED, "vulns": []}), NOTHING, []),
        (report(CLEAN, HOLED), FOUND, ["pillow 9.0.0: PYSEC-2022-10, mended in 9.0.1"]),
        (report(CLEAN, SKIPPED), NO_ANSWER, ["pillow"]),
        (report(CLEAN), NO_ANSWER, ["pillow"]),
        ("", NO_ANSWER, ["numpy", "pillow"]),
        ("[]", NO_ANSWER, ["numpy", "pillow"]),
    ],
)
def test_a_report_is_clean_only_if_it_answers_for_all(said, status, lines):
    assert judge(said, {"numpy", "pillow"}) == (status, lines)


def test_all_that_the_pins_bring_is_asked_about():
    versions = installed(["flax", "jax"])
    assert {"flax", "jax", "jaxlib", "numpy", "msgpack"} <= set(versions)
    assert "pytest" not in versions  # an extra of theirs
