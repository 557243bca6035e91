"""Can our pins be installed together with what a Hugging Face Space adds? `make space-check` asks the registry.

It ends with 0 if they can, with 1 if they cannot, and with 75 (the status of a failure that may pass, EX_TEMPFAIL of
sysexits.h) if the registry did not answer: then nothing is known. With --silence-is-no-failure it says so, and ends
with 0.
"""

import re
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

import yaml

ROOT = Path(__file__).parents[1]
RESOLVED, CONFLICT, NO_ANSWER = 0, 1, 75
CONNECTION = re.compile(
    r"Retrying \(Retry\(|NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out"
    r"|Connection(Error| refused| reset)"
    r"|Temporary failure in name resolution|HTTP error 5\d\d|SSLError|ProxyError|IncompleteRead|ProtocolError"
)
"""What pip says of a registry that refuses, is not found, or is slow."""


def read_front_matter() -> dict:
    """Return the settings of the Space, at the top of README.md."""
    return yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1])


def judge(status: int, said: str) -> int:
    """Return what the exit status of pip and its words mean: RESOLVED, CONFLICT or NO_ANSWER."""
    if status == 0:
        return RESOLVED
    return NO_ANSWER if CONNECTION.search(said) else CONFLICT


def resolve(*options: str) -> tuple[int, str]:
    """Resolve as a Space's build does, as the Hub prints it in the build log, without installing anything."""
    sdk = f"gradio[oauth,mcp]=={read_front_matter()['sdk_version']}"
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", *options]
    command += ["-r", "requirements.txt", sdk, "uvicorn>=0.14.0", "websockets>=10.4", "spaces"]
    result = subprocess.run(command, cwd=ROOT, stdout=PIPE, stderr=STDOUT, text=True, check=False)
    return judge(result.returncode, result.stdout), result.stdout


def main(silence_is_no_failure: bool) -> int:
    """Print the answer; return the exit status."""
    status, said = resolve()
    if status == RESOLVED:
        print("The pins resolve together with what a Space adds.")
    elif status == CONFLICT:
        print(f"The pins do not resolve together with what a Space adds:\n{said[-2000:]}")
    else:
        print(
            f"NOT CHECKED: the package registry did not answer; whether the pins resolve is not known:\n{said[-500:]}"
        )
    return RESOLVED if status == NO_ANSWER and silence_is_no_failure else status


if __name__ == "__main__":
    sys.exit(main("--silence-is-no-failure" in sys.argv[1:]))
