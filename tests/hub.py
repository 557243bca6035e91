"""A stand-in for the Hub: what huggingface_hub asks of it, answered from memory, and its faults."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass
class Hub:
    """What it holds, and how it fails.

    Attributes:
        address: where it answers.
        files: the content of each file, by repository ("datasets/user/name") and path.
        variables: those of Spaces, by repository.
        fault: a status that every request is answered with; "cut" ends every file halfway; bytes are every answer.
        sizes: what it says of the sizes of files, where that is not true.
        asked: the method and the path of every request.
    """

    address: str = ""
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    variables: dict[str, dict[str, str]] = field(default_factory=dict)
    fault: int | str | bytes | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def commit(self, repository: str) -> str:
        """The number of its state: another one for other files."""
        held = sorted((path, hashlib.sha256(data).hexdigest()) for path, data in self.files[repository].items())
        return hashlib.sha1(json.dumps(held).encode()).hexdigest()  # noqa: S324 - as long as one of Git's


@contextmanager
def serving_hub() -> Iterator[Hub]:
    """Answer as the Hub does until the block is left."""
    hub = Hub()

    class Handler(_Handler):
        held = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    held: Hub

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self._begun()
        if path is None:
            return
        if asked := re.fullmatch(r"/api/(\w+/[^/]+/[^/]+)/tree/[^/]+", path):
            files = self.held.files[asked[1]]
            listed = [
                {"type": "file", "path": name, "size": self._size(name, data), "oid": _etag(data)}
                for name, data in files.items()
            ]
            self._tell(listed)
        elif asked := re.fullmatch(r"/api/(\w+/[^/]+/[^/]+)(?:/revision/[^/]+)?", path):
            files = self.held.files[asked[1]]
            siblings = [
                {"rfilename": name, "size": self._size(name, data), "blobId": _etag(data)}
                for name, data in files.items()
            ]
            self._tell({"id": asked[1].partition("/")[2], "sha": self.held.commit(asked[1]), "siblings": siblings})
        elif asked := re.fullmatch(r"/(\w+/[^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            self._send_file(asked[1], asked[2])
        else:
            self._tell({"error": path}, 404)

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self._begun()
        if path is None:
            return
        if path == "/api/repos/create":
            asked = json.loads(body)
            owner = asked.get("organization") or "user"
            repository = f"{asked['type']}s/{owner}/{asked['name']}"
            is_new = repository not in self.held.files
            self.held.files.setdefault(repository, {})
            self._tell({"url": f"{self.held.address}/{repository}"}, 200 if is_new else 409)
        elif re.search(r"/preupload/", path):
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                for file in json.loads(body)["files"]
            ]
            self._tell({"files": files})
        elif asked := re.fullmatch(r"/api/(\w+/[^/]+/[^/]+)/commit/[^/]+", path):
            for line in body.splitlines():
                operation = json.loads(line)
                if operation["key"] == "file":
                    data = base64.b64decode(operation["value"]["content"])
                    self.held.files[asked[1]][operation["value"]["path"]] = data
                elif operation["key"] == "deletedFile":
                    del self.held.files[asked[1]][operation["value"]["path"]]
            number = self.held.commit(asked[1])
            self._tell(
                {"success": True, "commitOid": number, "commitUrl": f"{self.held.address}/{asked[1]}/commit/{number}"}
            )
        elif asked := re.fullmatch(r"/api/(\w+/[^/]+/[^/]+)/variables", path):
            told = json.loads(body)
            self.held.variables.setdefault(asked[1], {})[told["key"]] = told["value"]
            self._tell({told["key"]: {"key": told["key"], "value": told["value"]}})
        else:
            self._tell({"errors": [], "warnings": []})

    def _begun(self):
        """The path of a request; None if it has been answered: with a fault, or as there is no such repository."""
        path = unquote(self.path.partition("?")[0])
        self.held.asked.append(f"{self.command} {path}")
        if isinstance(self.held.fault, int):
            self._tell({"error": "a fault"}, self.held.fault)
            return None
        named = re.match(r"/(?:api/)?((?:datasets|spaces)/[^/]+/[^/]+)", path)
        if named and named[1] not in self.held.files:
            self._tell({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
            return None
        return path

    def _size(self, name, data):
        return self.held.sizes.get(name, len(data))

    def _send_file(self, repository, name):
        data = self.held.files[repository].get(name)
        if data is None:
            self._tell({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
            return
        is_cut = self.held.fault == "cut"
        self.send_response(200)
        for key, value in {
            "ETag": f'"{_etag(data)}"',
            "X-Repo-Commit": self.held.commit(repository),
            "Content-Length": str(len(data)),
            "Accept-Ranges": "bytes",
        }.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[: len(data) // 2] if is_cut else data)
            self.close_connection = is_cut

    def _tell(self, told, status=200, headers=None):
        data = self.held.fault if isinstance(self.held.fault, bytes) else json.dumps(told).encode()
        self.send_response(status)
        for key, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _etag(data):
    return hashlib.sha1(data).hexdigest()  # noqa: S324
