"""What does a page ask for, and how many bytes come? As the browser's own network panel counts them."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Page


@dataclass
class Asked:
    """A request of a page.

    Attributes:
        address: the whole URL.
        kind: what the browser wants it for: "Document", "Script", "Image", "Fetch".
        asker: the script, style or page that asks, if the browser can tell.
        start, end: seconds since the first request of the page; the end is None while it is under way.
        bytes: what has come, as it travels: head and body.
    """

    address: str
    kind: str
    asker: str
    start: float
    end: float | None = None
    bytes: int = 0
    _head: int = 0
    _travelled: int = 0
    _unpacked: int = 0

    @property
    def path(self) -> str:
        """The path of its address."""
        return urlsplit(self.address).path

    @property
    def is_stream(self) -> bool:
        """Whether its answer may stay open for ever."""
        return self.path.endswith("/queue/data") or "/heartbeat/" in self.path

    @property
    def is_worker(self) -> bool:
        """Whether it is the script of a worker, which alone is told when it has come."""
        return self.path.endswith("/worker.js")

    @property
    def is_event(self) -> bool:
        """Whether its answer, or a part of it, is what an event of Gradio is answered with."""
        return self.path.startswith(("/gradio_api/queue/", "/gradio_api/run/", "/gradio_api/call/"))


class Wire:
    """The requests of a page from now on, but for those that the browser answers itself."""

    def __init__(self, page: Page):
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.news = 0  # counts up with all that the browser tells
        self._asked: dict[str, Asked] = {}
        self._origin: float | None = None
        for name, listener in (
            ("requestWillBeSent", self._ask),
            ("responseReceived", self._answer),
            ("dataReceived", self._receive),
            ("loadingFinished", self._finish),
            ("loadingFailed", self._finish),
        ):
            self.session.on(f"Network.{name}", self._listen(listener))
        self.session.send("Network.enable")

    @property
    def requests(self) -> list[Asked]:
        """Those that went over the wire, by their start."""
        return [asked for asked in self._asked.values() if asked.bytes or asked.end is None]

    @property
    def is_waiting(self) -> bool:
        """Whether an answer has not come to its end, leaving out those that may have none or whose end is not told."""
        return any(not (asked.end or asked.is_stream or asked.is_worker) for asked in self._asked.values())

    def forget(self) -> None:
        """Start again."""
        self._asked.clear()

    def _listen(self, listener: Callable[[dict], None]) -> Callable[[dict], None]:
        def listen(event: dict) -> None:
            self.news += 1
            if listener == self._ask or event["requestId"] in self._asked:
                listener(event)

        return listen

    def _ask(self, event: dict) -> None:
        address, initiator = event["request"]["url"], event["initiator"]
        if self._origin is None:
            self._origin = event["timestamp"]
        if not address.startswith("http"):  # data: and blob: are there already
            return
        frames = initiator.get("stack", {}).get("callFrames") or [{}]
        asker = initiator.get("url") or frames[0].get("url") or ""
        start = event["timestamp"] - self._origin
        self._asked[event["requestId"]] = Asked(address, event.get("type", ""), asker, start)

    def _answer(self, event: dict) -> None:
        asked = self._asked[event["requestId"]]
        asked._head = asked.bytes = int(event["response"]["encodedDataLength"])

    def _receive(self, event: dict) -> None:
        asked = self._asked[event["requestId"]]
        asked._travelled += int(event["encodedDataLength"])
        asked._unpacked += int(event["dataLength"])
        # The browser says late what travelled, and never if the page breaks a stream off. Streams travel unpacked.
        asked.bytes = asked._head + max(asked._travelled, asked._unpacked if asked.is_stream else 0)

    def _finish(self, event: dict) -> None:
        asked = self._asked[event["requestId"]]
        asked.end = event["timestamp"] - self._origin
        if "encodedDataLength" in event:
            asked.bytes = int(event["encodedDataLength"])


def total(requests: list[Asked]) -> int:
    """The bytes of these requests together."""
    return sum(asked.bytes for asked in requests)
