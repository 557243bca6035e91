"""Three replicas behind nginx with deploy/nginx.conf: visitors stay with theirs, and go on when it is killed.

A replica is known by its `app_id`, a random number that Gradio gives each process and tells at an address.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from convdemo.numbers import grouped
from tests.nginx import MISSING, balancing, find_nginx
from tests.serving import HANG, Served, serving
from tests.ui.lab import Lab, settle
from tests.ui.test_learn_tab import Learn
from tests.ui.test_lost_and_found import photo

REPLICAS = 3
MANY = 40
"""Visitors of whom each replica gets some: that it gets none has a probability of 3e-7."""

APP_ID = "gradio_api/app_id"
FROM_CACHE = {"HIT", "STALE", "UPDATING"}


@dataclass(frozen=True)
class Replicated:
    """The lab as visitors see it.

    Attributes:
        address: where nginx answers.
        replicas: those behind it, by their `app_id`; the first one must live on.
    """

    address: str
    replicas: dict[int, Served]


@pytest.fixture(scope="module")
def lab(lab, tmp_path_factory) -> Iterator[Replicated]:
    """The lab of all tests and two more behind nginx: all fixtures open their pages there."""
    program = find_nginx() or pytest.fail(MISSING)
    with ExitStack() as stack:
        folders = [tmp_path_factory.mktemp("replica") for _ in range(REPLICAS - 1)]
        with ThreadPoolExecutor() as pool:
            more = list(pool.map(lambda folder: stack.enter_context(serving(folder, keeps_programs=False)), folders))
        labs = [lab, *more]
        address = stack.enter_context(balancing(program, labs, tmp_path_factory.mktemp("nginx")))
        yield Replicated(address, {json.loads(fetch(each, APP_ID)[1])["app_id"]: each for each in labs})


def fetch(lab: Served | Replicated, path: str, data: bytes | None = None, **headers: str):
    """The headers and the body of an answer."""
    request = urllib.request.Request(f"{lab.address}/{path}", data, headers)
    with urllib.request.urlopen(request, timeout=HANG) as answer:
        return answer.headers, answer.read().decode()


def new_cookie(lab: Replicated, path: str = "", **headers: str) -> str:
    """The cookie that a page brings to somebody who has none: its name and value, and how it is to be kept."""
    return fetch(lab, path, **headers)[0]["Set-Cookie"]


def replica_of(lab: Replicated, cookie: str) -> int:
    """Which replica answers a visitor."""
    headers, body = fetch(lab, APP_ID, Cookie=cookie.partition(";")[0])
    assert headers["X-Cache-Status"] is None
    return json.loads(body)["app_id"]


# ---- what nginx keeps, and what it passes on -----------------------------------------------------------------------


def test_the_page_is_made_once_and_kept_without_the_cookie_of_who_asked_first(lab):
    answers = [fetch(lab, "?stride=2")[0] for _ in range(20)]
    assert answers[0]["X-Cache-Status"] == "MISS"
    assert {answer["X-Cache-Status"] for answer in answers[1:]} <= FROM_CACHE
    cookies = [answer["Set-Cookie"] for answer in answers]
    assert len(set(cookies)) == 20
    assert all(re.fullmatch(r"lab_replica=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax", cookie) for cookie in cookies)
    assert new_cookie(lab, "?stride=2", Cookie=cookies[0].partition(";")[0]) is None
    assert new_cookie(lab, "?stride=2", Cookie="lab_replica=made-up") is not None


def test_each_address_and_encoding_has_a_page_of_its_own(lab):
    assert f'"root":"{lab.address}"' in fetch(lab, "step")[1]
    elsewhere, page = fetch(lab, "step", **{"Host": "lab.example", "X-Forwarded-Proto": "https"})
    assert '"root":"https://lab.example"' in page
    assert elsewhere["X-Cache-Status"] == "MISS"
    # Frames on pages of other sites get no other cookies.
    assert elsewhere["Set-Cookie"].endswith("; HttpOnly; Secure; SameSite=None; Partitioned")
    assert '"root":"https://lab.example"' not in fetch(lab, "step")[1]
    assert "evil.example" not in fetch(lab, "step?__theme=dark", **{"X-Forwarded-Host": "evil.example"})[1]


def test_files_are_kept_and_what_belongs_to_a_replica_is_not(lab):
    [name] = re.findall(r'href="(lab/\w+/coffee\.webp)"', fetch(lab, "learn")[1])
    request = urllib.request.Request(f"{lab.address}/{name}")
    for status in ("MISS", "HIT"):
        with urllib.request.urlopen(request, timeout=HANG) as answer:
            assert answer.headers["X-Cache-Status"] == status
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["Set-Cookie"] is None
            assert answer.read()[8:12] == b"WEBP"
    for path in ("config", APP_ID, "gradio_api/info"):
        assert fetch(lab, path)[0]["X-Cache-Status"] is None


@pytest.mark.parametrize(("path", "size"), [("gradio_api/upload", 9_100_000), ("gradio_api/queue/join", 1_100_000)])
def test_what_is_too_long_is_refused_by_the_lab_in_its_words(lab, path, size):
    with pytest.raises(urllib.error.HTTPError) as error:
        fetch(lab, path, bytes(size))
    with error.value:
        assert error.value.code == 413
        assert "send less" in json.loads(error.value.read())["detail"]


def test_visitors_are_shared_out_and_each_stays(lab):
    cookies = [new_cookie(lab) for _ in range(MANY)]
    replicas = [replica_of(lab, cookie) for cookie in cookies]
    assert set(replicas) == set(lab.replicas)
    assert [replica_of(lab, cookie) for cookie in cookies] == replicas


def test_a_program_without_cookies_stays_too(lab):
    programs = [f"program-{number}" for number in range(MANY)]
    replicas = [fetch(lab, APP_ID, **{"User-Agent": program})[1] for program in programs]
    assert len(set(replicas)) == REPLICAS
    assert [fetch(lab, APP_ID, **{"User-Agent": program})[1] for program in programs] == replicas


# ---- visitors ------------------------------------------------------------------------------------------------------


class Visitor(Learn):
    """Somebody with the Learn lesson, whose runs take some seconds."""

    all_steps = 12_000

    def __init__(self, lab: Lab):
        super().__init__(lab)
        self.page.evaluate("window.isAsItWas = true")

    @property
    def replica(self) -> int:
        """Which replica answers."""
        said = self.page.evaluate(f"fetch('/{APP_ID}').then(answer => answer.text())")
        return json.loads(said)["app_id"]

    def begin(self) -> None:
        """Starts a run, and waits until it is in the middle."""
        self.watch()
        self.press("▶ Learn")
        self.page.wait_for_function("all => window.steps.some(step => 0 < step && step < all)", arg=self.all_steps)

    def learned(self) -> None:
        """Waits until the run has come to its end."""
        self.page.wait_for_function("all => window.steps.at(-1) === all", arg=self.all_steps)
        self.status(f"Done: {grouped(self.all_steps)} steps")


@pytest.fixture
def open_learn(new_page, lab):
    def open_page(replica: int, lesson: str = "learn") -> Visitor:
        """Open the lesson for someone who wants no movement: no run begins by itself."""
        page = new_page(reduced_motion="reduce")
        arrive(page, lab, replica)
        opened = Lab(page, lab.address).open(f"?learn_steps={Visitor.all_steps}&picture=rocket", lesson)
        if not lesson:
            with opened.redraw():
                opened.cell(1, 1).fill("7")
            page.get_by_role("tab", name="Learn a kernel").click()
        return Visitor(opened)

    return open_page


def arrive(page: Page, lab: Replicated, replica: int) -> None:
    """Come to the lab as a new visitor until the cookie leads to a replica."""
    leads_to = None
    while leads_to != replica:
        page.context.clear_cookies()
        page.request.get(f"{lab.address}/")
        leads_to = page.request.get(f"{lab.address}/{APP_ID}").json()["app_id"]


LAST_WORDS = """() => {
    window.onbeforeunload = () => {
        const line = document.querySelector(".lab-tab [data-lost]");
        sessionStorage.lastStep = window.steps.at(-1);
        sessionStorage.lastLine = line.textContent + getComputedStyle(line, "::after").content;
    };
}"""


@pytest.mark.browser_says("ERR_INCOMPLETE_CHUNKED_ENCODING", "network error", "Connection errored out")
def test_when_a_replica_is_killed_its_visitors_go_on_and_the_others_do_not_notice(lab, open_learn):
    first, second, lost = lab.replicas
    visitor = open_learn(lost, lesson="")
    cookies = visitor.page.context.cookies(lab.address)
    others = {replica: open_learn(replica) for replica in (first, second)}
    assert visitor.replica == lost
    replicas = {cookie: replica_of(lab, cookie) for cookie in (new_cookie(lab) for _ in range(MANY))}

    visitor.page.evaluate(LAST_WORDS)
    visitor.page.emulate_media(reduced_motion="no-preference")
    for each in (*others.values(), visitor):
        each.begin()
    lab.replicas[lost].process.kill()  # at once: the run takes some seconds
    for replica, other in others.items():
        other.learned()
        assert other.replica == replica
        assert other.page.evaluate("window.isAsItWas")
        assert other.page.get_by_text("Connection to the server was lost").count() == 0

    # Gradio loads the page again: it shows the same lesson, with its settings and the kernel that was typed.
    visitor.page.wait_for_function("() => !window.isAsItWas")
    visitor.lab.wait_until_open()
    assert 0 < int(visitor.page.evaluate("sessionStorage.lastStep")) < visitor.all_steps
    last_line = visitor.page.evaluate("sessionStorage.lastLine")
    assert re.match(r"Step [0-9\u202f]+ of 12.000, loss .*interrupted: the server was lost", last_line)
    visitor.status(f"Done: {grouped(visitor.all_steps)} steps")  # which the lesson plays as it opens
    assert visitor.page.get_by_label("Steps", exact=True).input_value() == str(visitor.all_steps)
    assert visitor.lab.cells()[0][0] == "7"
    assert visitor.page.context.cookies(lab.address) == cookies
    assert visitor.replica in others
    visitor.begin()
    visitor.learned()
    visitor.page.get_by_role("tab", name="Feature map").click()
    visitor.lab.has_caption("Rocket, Your kernel")

    # A replica that is back gets its visitors back: the browser sends it the photo that another one has.
    with visitor.lab.redraw():
        visitor.page.set_input_files("[data-part=file]", photo(60, 41))
    visitor.lab.has_caption("found.png, Your kernel")
    arrive(visitor.page, lab, next(replica for replica in others if replica != visitor.replica))
    with visitor.page.expect_request("**/gradio_api/upload*"), visitor.lab.redraw():
        visitor.lab.cell(1, 1).fill("8")
    visitor.lab.has_caption("found.png, Your kernel")
    settle(visitor.page)
    assert visitor.lab.cells()[0][0] == "8"

    # Who was with another replica is still there, and newcomers get one that lives.
    for cookie, replica in replicas.items():
        assert replica_of(lab, cookie) in (others if replica == lost else {replica})
    assert fetch(lab, "?stride=3")[0]["X-Cache-Status"] == "MISS"
