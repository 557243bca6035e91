"""Every endpoint of the lab, called by programs: curl and both of Gradio's clients as README shows them, and MCP.

One lab serves all of it; it has been asked for tools, and has a course from a stand-in for the Hub.
"""

import base64
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
import scipy.signal
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from tests.hub import serving_hub
from tests.page.request import run_async
from tests.serving import HANG, ROOT, serving

README = (ROOT / "README.md").read_text(encoding="utf-8")
NPM = Path(sys.prefix) / "npm" / "node_modules"


CHURCH = np.random.default_rng(5).integers(0, 256, (24, 35), dtype=np.uint8)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    church = io.BytesIO()
    Image.fromarray(CHURCH).save(church, "PNG")
    with serving_hub() as hub:
        hub.files["datasets/teacher/course"] = {
            "pictures/our_church.png": church.getvalue(),
            "kernels/corner.toml": b'weights = "1 0; 0 -1"',
        }
        variables = {
            "GRADIO_MCP_SERVER": "True",
            "CONVDEMO_COURSE": "teacher/course",
            "HF_ENDPOINT": hub.address,
            "HF_HOME": str(tmp_path_factory.mktemp("kept")),
        }
        with serving(tmp_path_factory.mktemp("lab"), variables=variables) as served:
            yield served


@pytest.fixture(scope="module")
def call(lab, tmp_path_factory):
    client = Client(
        lab.address, verbose=False, download_files=tmp_path_factory.mktemp("answers"), httpx_kwargs={"timeout": HANG}
    )
    yield lambda name, *arguments, **named: client.predict(*arguments, **named, api_name=f"/{name}")
    client.close()


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """Random grey values [36, 47] in whole 255ths, and their file: a PNG under the name that README uses."""
    folder = tmp_path_factory.mktemp("photo")
    values = np.random.default_rng(3).integers(0, 256, (36, 47), dtype=np.uint8)
    Image.fromarray(values).save(folder / "photo.jpg", "PNG")
    return values / 255, folder / "photo.jpg"


def snippet(language):
    """The first program of this language in README's section on calls."""
    section = README.split("## Call it")[1].split("\n## ")[0]
    return re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)[1]


def correlated(values, stride=1):
    """What SciPy makes of a picture with Sobel's kernel for x."""
    kernel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    return scipy.signal.correlate2d(values, kernel, mode="valid")[::stride, ::stride]


# ---- as README shows it --------------------------------------------------------------------------------------------


def test_curl_gets_a_feature_map(lab, photo):
    values, file = photo
    program = snippet("bash").replace("http://127.0.0.1:7860", lab.address)
    said = subprocess.run(["bash", "-c", program], cwd=file.parent, capture_output=True, text=True, timeout=HANG)
    assert said.stdout.startswith("event: complete"), said
    [answer] = json.loads(said.stdout.split("data: ")[1])
    assert answer["size"] == [34, 45]
    assert answer["maximum"] == pytest.approx(correlated(values).max(), abs=1e-5)
    numbers = np.load(io.BytesIO(httpx.get(answer["numbers"]["url"]).content))
    np.testing.assert_allclose(numbers, correlated(values), atol=1e-5)


def test_the_python_client_gets_a_feature_map_and_a_run(lab, photo, monkeypatch, capsys):
    values, file = photo
    monkeypatch.chdir(file.parent)
    found = {}
    exec(snippet("python").replace("http://127.0.0.1:7860", lab.address), found)  # noqa: S102 - our own README
    found["lab"].close()
    np.testing.assert_allclose(found["feature_map"], correlated(values, 2), atol=1e-5)
    run = found["run"]
    assert run["steps"] == 50
    assert run["losses"][-1][1] < run["losses"][0][1]
    # Momentum's limit, (1 + 0.9) / lambda, of the mean squared error: lambda from NumPy, on all windows.
    windows = np.lib.stride_tricks.sliding_window_view(values, (3, 3)).reshape(-1, 9)
    steepest = np.linalg.eigvalsh(windows.T @ windows / len(windows))[-1]
    assert run["stable_rate"] == pytest.approx(1.9 / steepest, rel=1e-3)
    assert run["floor"] == pytest.approx(0, abs=1e-6)


def test_the_javascript_client_gets_a_feature_map_and_a_receptive_field(lab, photo, tmp_path):
    values, file = photo
    assert NPM.is_dir(), "make test installs @gradio/client there"
    (tmp_path / "node_modules").symlink_to(NPM)
    (tmp_path / "photo.jpg").write_bytes(file.read_bytes())
    (tmp_path / "call.mjs").write_text(snippet("js").replace("http://127.0.0.1:7860", lab.address))
    node = Path(sys.prefix) / "bin" / "node"
    said = subprocess.run([node, "call.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=HANG)
    map_line, field_line = said.stdout.strip().splitlines()
    assert map_line.startswith("[ 17, 23 ]"), said
    least, most = map(float, map_line.split("]")[1].split()[:2])
    expected = correlated(values, 2)
    assert (least, most) == (pytest.approx(expected.min(), abs=1e-5), pytest.approx(expected.max(), abs=1e-5))
    # Layer 3 of VGG-16 is its first pooling: 6 pixels, one unit every 2; the middle one of 112 is the 56th or 57th.
    assert re.fullmatch(r"\[ (\d+), (\d+) \] \[ \1, \2 \]", field_line)
    first, last = map(int, re.findall(r"\d+", field_line)[:2])
    assert last - first == 5


# ---- every endpoint ------------------------------------------------------------------------------------------------


def test_all_endpoints_stand_in_the_list_and_in_readme(lab):
    named = httpx.get(f"{lab.address}/gradio_api/info").json()["named_endpoints"]
    listed = re.findall(r"^\| `(/\w+)` \|", README.split("## Call it")[1], re.MULTILINE)
    assert sorted(named) == sorted(listed)
    for endpoint in named.values():
        assert endpoint["description"]
        assert all(taken["type"] and not re.fullmatch(r"\d+\w\w", taken["label"]) for taken in endpoint["parameters"])
    page = httpx.get(f"{lab.address}/api").text
    assert all(f"{name}" in page for name in named)
    assert '"api_name":"learn_pair"' not in httpx.get(lab.address).text.replace(" ", "")  # they cost the lab nothing


def test_lists_of_kernels_and_networks(call):
    kernels = {kernel["name"]: kernel for kernel in call("kernels")}
    assert kernels["sobel_x"]["weights"] == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert {parameter["name"] for parameter in kernels["gabor"]["parameters"]} >= {"angle", "wavelength"}
    networks = {network["name"]: network for network in call("networks")}
    assert networks["LeNet-5"]["size"] == [32, 32]  # its C5 sees the whole input, as the paper says
    assert networks["VGG-16"]["size"] == [212, 212]


def test_a_pair_tells_its_kernel(call, photo, tmp_path):
    values, file = photo
    kernel = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 8
    after = np.rint(255 * scipy.signal.correlate2d(values, kernel, mode="valid"))
    Image.fromarray(after.astype(np.uint8)).save(tmp_path / "after.png")
    found = call("learn_pair", handle_file(file), handle_file(tmp_path / "after.png"), steps=5)
    np.testing.assert_allclose(found["best_kernel"], kernel, atol=0.01)
    assert found["teacher"] is None
    assert found["notes"]
    assert Path(found["history"]).read_text().startswith('step,loss,bias,"kernel[0,0]"')
    assert set(found["pictures"]) == {"learned", "wanted"}


def test_a_secret_teacher_is_told_only_where_it_is_revealed(call):
    secret = call("learn", "coffee", teacher="hidden", hidden=7, steps=1)
    assert secret["teacher"] is None
    assert secret["error"] is None
    assert call("learn", "coffee", teacher="hidden", hidden=7, steps=1, reveal=True)["teacher"]


def test_a_receptive_field_by_hand(call):
    # 3x3, then 3x3 with stride 2: 5 pixels, one unit every 2; unit (1, 2) begins at row 2 and column 4.
    field = call("receptive_field", "3,1,1,0;3,2,1,0", height=9, width=11, row=1, column=2)
    assert [(layer["size"], layer["jump"]) for layer in field["layers"]] == [([3, 3], [1, 1]), ([5, 5], [2, 2])]
    assert (field["unit"]["rows"], field["unit"]["columns"]) == ([2, 6], [4, 8])
    assert field["layers"][1]["output"] == [3, 4]
    assert len(Path(field["table"]).read_text().splitlines()) == 3


def test_an_effective_field_is_the_product_of_two_triangles(call):
    field = call("effective_field", "3,1,1,0;3,1,1,0", height=9, width=9)
    triangle = np.array([1, 2, 3, 2, 1]) / 9  # a box of 3 times a box of 3
    np.testing.assert_allclose(np.load(field["influence"]), np.outer(triangle, triangle), atol=1e-6)
    assert (field["rows"], field["side"], field["draws"]) == ([2, 6], 5, 1)


def test_the_layers_of_a_stack_and_the_kernel_that_does_the_same(call, photo):
    values, file = photo
    found = call("run_stack", handle_file(file), "sobel_x~1,2", kernel="identity")
    both = scipy.signal.correlate2d(correlated(values), [[1, 2]], mode="valid")
    with np.load(found["maps"]) as maps:
        np.testing.assert_allclose(maps["layer2"], both, atol=1e-5)
    assert found["layers"][1]["size"] == [34, 44]
    assert found["one"]["weights"] == scipy.signal.convolve2d([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], [[1, 2]]).tolist()
    assert call("run_stack", "coffee")["why"].startswith("layer 1: it has a ReLU")


def test_a_convolution_moves_with_the_picture_and_stride_2_does_not(call, photo):
    _, file = photo
    still = call("shift_test", handle_file(file), rows=3, columns=-2)
    assert (still["largest"], still["moves"], still["whole"]) == (0, [3, -2], True)
    moved = call("shift_test", handle_file(file), layer="stride", rows=3)
    assert moved["largest"] > 0
    assert not moved["whole"]


def test_a_bank_answers_as_scipy_says(call, photo):
    values, file = photo
    found = call("filter_bank", handle_file(file), orientations=2, wavelengths=[4], phases=[0])
    first = found["filters"][0]
    assert [made["angle"] for made in found["filters"]] == [0, 90]
    whole = scipy.signal.correlate2d(values, first["weights"], mode="valid")[:: first["step"], :: first["step"]]
    with np.load(found["responses"]) as responses:
        np.testing.assert_allclose(responses["1"], whole, atol=1e-5)
    assert first["root_mean_square"] == pytest.approx(np.sqrt(np.mean(whole**2)), rel=1e-4)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("learn", {"picture": "coffee", "teacher": "nobody"}, "teacher is 'nobody': it must be one of"),
        ("learn", {"picture": "coffee", "steps": 1e9}, "steps is 1000000000"),
        ("learn", {"picture": None}, "not one of the examples"),
        ("learn_pair", {"before": "coffee", "after": "coffee"}, "after must be a file"),
        ("learn_pair", {"before": "coffee", "after": {"path": "/etc/passwd"}}, "was not uploaded here"),
        ("receptive_field", {"stack": "3,1,1,0", "layer": 9}, "layer is 9, but the stack has 1"),
        ("receptive_field", {"stack": "3,1,1,0", "row": 1}, "both must be whole numbers"),
        ("receptive_field", {"stack": [[3, 1, 1, 0]]}, "stack is [[3, 1, 1, 0]]: it must be a text"),
        ("receptive_field", {"stack": "3,1,1,0", "height": -1}, "height is -1: it must be a whole number from 1 to"),
        ("receptive_field", {"stack": "3,1,1,0", "row": 1.5, "column": 0}, "both must be whole numbers"),
        ("effective_field", {"stack": "3,1,1,0", "draws": 10**6}, "must be a whole number from 1 to 1000, so try 1000"),
        ("run_stack", {"picture": "coffee", "stack": "~".join(["sobel_x"] * 9)}, "at most 8"),
        ("run_stack", {"picture": "coffee", "stack": {"a": 1}}, "stack is {'a': 1}: it must be a text"),
        ("run_stack", {"picture": "data:image/png;base64,%%%"}, "picture begins with data:"),
        ("shift_test", {"picture": "coffee", "mode": 7}, "mode is 7"),
        ("filter_bank", {"picture": "coffee", "wavelengths": [1]}, "wavelengths is [1]: it must be some of"),
    ],
)
def test_what_is_wrong_is_one_sentence(call, name, arguments, said):
    with pytest.raises(AppError) as error:
        call(name, **arguments)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert "Traceback" not in str(error.value)


def test_arguments_that_an_endpoint_does_not_have_are_refused(lab):
    for body in ({}, {"picture": "coffee", "no": 1}, ["coffee"], "coffee"):
        answer = httpx.post(f"{lab.address}/gradio_api/call/v2/feature_map", json=body)
        assert answer.status_code == 422
        assert "each by its name" in answer.json()["detail"]
    assert httpx.post(f"{lab.address}/gradio_api/call/v2/nothing", json={}).status_code == 422
    answer = httpx.post(f"{lab.address}/gradio_api/call/v2/kernels", json={"no": 1})
    assert (answer.status_code, answer.json()["detail"]) == (422, "It takes no arguments: send {}.")


def test_the_pictures_and_kernels_of_a_course_stand_in_the_menus(lab, call):
    page = httpx.get(lab.address).text
    assert "Our church" in page
    assert "The course" in page
    assert [kernel["group"] for kernel in call("kernels")][-1] == "The course"
    numbers = np.load(call("feature_map", "our_church", kernel="corner")["numbers"])
    expected = (CHURCH[:-1, :-1] / 255) - (CHURCH[1:, 1:] / 255)
    np.testing.assert_allclose(numbers, expected, atol=1e-6)
    assert call("learn", "our_church", teacher="corner", steps=1)["teacher"] == [[1, 0], [0, -1]]


# ---- as tools ------------------------------------------------------------------------------------------------------


def test_an_assistant_has_the_same_as_tools_and_gets_pictures(lab, photo):
    values, file = photo

    async def converse():
        async with (
            streamable_http_client(f"{lab.address}/gradio_api/mcp") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            data = f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}"
            made = await session.call_tool("feature_map", {"picture": data, "kernel": "sobel_x"})
            field = await session.call_tool("receptive_field", {"stack": "3,1,1,0;3,1,1,0"})
            wrong = await session.call_tool("learn", {"picture": "coffee", "steps": 0})
            return tools, made, field, wrong

    tools, made, field, wrong = run_async(converse())
    assert {"feature_map", "learn", "receptive_field", "networks"} <= set(tools)
    assert tools["learn"].inputSchema["properties"]["rows"]["description"] == "of the kernel to learn, 1 to 15."
    text, picture = made.content
    assert json.loads(text.text)["maximum"] == pytest.approx(correlated(values).max(), abs=1e-5)
    with Image.open(io.BytesIO(base64.b64decode(picture.data))) as drawn:
        assert drawn.size == (45, 34)
    assert json.loads(field.content[0].text)["layers"][1]["size"] == [5, 5]
    assert wrong.isError
    assert "steps is 0: it must be a whole number from 1 to 20" in wrong.content[0].text
