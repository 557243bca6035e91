"""Is there a known hole in what the lab runs on? `make audit` asks the advisory database of PyPI, by pip-audit.

What is asked about is what requirements.txt brings, in the versions that are installed. It ends with 0 if nothing is
known, with 1 if something is, and with 75 (EX_TEMPFAIL of sysexits.h) if the database did not answer for all of them:
then look on another machine, or at https://github.com/advisories. With --silence-is-no-failure that ends with 0 too.
"""

import json
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
NOTHING, FOUND, NO_ANSWER = 0, 1, 75


def installed(requirements: list[str]) -> dict[str, str]:
    """Return the versions of what requirements bring, and of what those bring, by name."""
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(line), "") for line in requirements]
    while waiting:
        requirement, asked = waiting.pop()  # and the extra of the package that brings it
        if requirement.marker and not requirement.marker.evaluate({"extra": asked}):
            continue
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        versions[name] = metadata.version(name)
        for extra in {"", *requirement.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            waiting += [(Requirement(line), extra) for line in metadata.requires(name) or ()]
    return versions


def judge(said: str, names: set[str]) -> tuple[int, list[str]]:
    """Return what pip-audit's report in JSON means, and a line for each thing to be said.

    Args:
        said: what it printed.
        names: what it was asked about.
    """
    try:
        known = {each["name"]: each for each in json.loads(said)["dependencies"]}
    except (ValueError, KeyError, TypeError):
        return NO_ANSWER, sorted(names)
    holes = [
        f"{name} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for name, each in known.items()
        for hole in each.get("vulns", ())
    ]
    unanswered = sorted(name for name in names if "vulns" not in known.get(name, {}))
    return (FOUND, holes) if holes else (NO_ANSWER, unanswered) if unanswered else (NOTHING, [])


def main(silence_is_no_failure: bool) -> int:
    """Print the answer; return the exit status."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    versions = installed([line for line in lines if line and not line.startswith("#")])
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
        pins.write("".join(f"{name}=={version}\n" for name, version in versions.items()))
        pins.flush()
        command = [sys.executable, "-m", "pip_audit", "--requirement", pins.name, "--no-deps", "--disable-pip"]
        command += ["--format", "json", "--progress-spinner", "off"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    status, lines = judge(result.stdout, set(versions))
    if status == NOTHING:
        print(f"No hole is known in the {len(versions)} packages that the lab runs on.")
    elif status == FOUND:
        print("Known holes: raise the pin, or say in requirements.txt why it does not matter here.", *lines, sep="\n")
    else:
        print(f"NOT CHECKED: the advisory database did not answer for {len(lines)} of {len(versions)} packages.")
    return NOTHING if status == NO_ANSWER and silence_is_no_failure else status


if __name__ == "__main__":
    sys.exit(main("--silence-is-no-failure" in sys.argv[1:]))
