"""A folder of files, each uploaded to a lab that runs and drawn there: `python -m tests.corpus FOLDER`.

Each must become a picture or a sentence, and the lab must be there afterwards. Pillow's own files are worth it: the
folder Tests/images of its repository.
"""

import argparse
import collections
import http.client
import json
import sys
import tempfile
import time
import uuid
from pathlib import Path

from tests.forged import Call, dumped, ordinary_call, send
from tests.serving import HANG, Served, serving


def upload(lab: Served, path: Path) -> str | None:
    """Upload a file as the page does; where it lies on the server, None if it was refused."""
    mark = uuid.uuid4().hex.encode()
    head = b'Content-Disposition: form-data; name="files"; filename="file%s"' % path.suffix.encode()
    body = b"--%b\r\n%b\r\n\r\n%b\r\n--%b--\r\n" % (mark, head, path.read_bytes(), mark)
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=HANG)
    headers = {"Content-Type": f"multipart/form-data; boundary={mark.decode()}"}
    connection.request("POST", "/gradio_api/upload", body, headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return json.loads(said)[0] if answer.status == 200 else None


def draw(lab: Served, uploaded: str) -> tuple[str, float]:
    """Ask for the feature map of an upload; "picture" or the sentence, and the seconds that it took."""
    call = ordinary_call(lab, {"upload": uploaded, "name": "file", "original": None})
    status, body, took = send(lab, Call("gradio_api/run/predict", dumped(call)))
    if status != 200:
        return f"status {status}: {body[:200]!r}", took
    shown = json.loads(body)["data"][0]["props"]["shown"]  # of the picture, which comes first
    return shown.get("error") or "picture", took


def main() -> int:
    """Draw all files of a folder; the status is 0 if each became a picture or a sentence."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    files = sorted(path for path in parser.parse_args().folder.rglob("*") if path.is_file())
    said: collections.Counter[str] = collections.Counter()
    slowest, faults = (0.0, ""), []
    with tempfile.TemporaryDirectory() as uploads, serving(Path(uploads)) as lab:
        for path in files:
            start = time.perf_counter()
            uploaded = upload(lab, path)
            told = draw(lab, uploaded)[0] if uploaded else "too large to be uploaded"
            slowest = max(slowest, (time.perf_counter() - start, path.name))
            said[told] += 1
            if told.startswith("status"):
                faults.append(f"{path.name}: {told}")
        log = lab.log.text
    for told, count in said.most_common():
        print(f"{count:6}  {told}")
    print(f"{len(files)} files, the slowest {slowest[0]:.2f} s ({slowest[1]}); {log.count('Traceback')} tracebacks")
    print(*faults, sep="\n")
    return bool(faults or "Traceback" in log)


if __name__ == "__main__":
    sys.exit(main())
