"""The library in a notebook: what `import convdemo` gives, how results show themselves, and examples/lab.ipynb."""

import base64
import io
import re
import subprocess
import sys

import httpx
import nbformat
import numpy as np
import pytest
import scipy.signal
from nbclient import NotebookClient
from PIL import Image

import convdemo
from convdemo import notebook
from convdemo.launching import NAME
from tests.serving import HANG, ROOT

IMAGE = np.random.default_rng(2).integers(0, 256, (23, 31), dtype=np.uint8)


def test_import_convdemo_gives_all_names_and_loads_nothing():
    assert sorted(dir(convdemo)) == sorted([*notebook.__all__, "VERSION"])
    for name in notebook.__all__:
        assert getattr(convdemo, name) is getattr(notebook, name)
        assert name.isupper() or getattr(convdemo, name).__doc__, name
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = convdemo.nothing_of_the_kind
    program = (
        "import sys, convdemo; print(sorted({name.split('.')[0] for name in sys.modules} & {'jax', 'numpy', 'PIL'}))"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_picture_is_taken_as_it_is_at_hand(tmp_path):
    Image.fromarray(IMAGE).save(tmp_path / "a.png")
    for given in (tmp_path / "a.png", str(tmp_path / "a.png"), (tmp_path / "a.png").read_bytes(), IMAGE, IMAGE / 255):
        np.testing.assert_allclose(convdemo.open_image(given), IMAGE / 255, atol=1e-7)
    np.testing.assert_allclose(convdemo.open_image(Image.fromarray(IMAGE)), IMAGE / 255, atol=1e-7)
    fine = np.random.default_rng(8).integers(0, 65536, (5, 8), dtype=np.uint16)
    for given in (fine, Image.fromarray(fine)):  # 16 bits, of a scanner or a microscope
        np.testing.assert_allclose(convdemo.open_image(given), fine / 65535, atol=1e-7)
    red = np.zeros((2, 3, 3), np.uint8)
    red[..., 0] = 255
    for given in (red, Image.fromarray(red), Image.fromarray(red).convert("RGBA")):
        np.testing.assert_allclose(convdemo.open_image(given), np.full((2, 3), 0.299), atol=1e-6)  # BT.601
    with pytest.raises(ValueError, match="not finite"):
        convdemo.open_image(np.array([[np.nan]]))
    for nothing in (None, [["a"]], [[1j]], {"a": 1}):
        with pytest.raises(ValueError, match=r"picture holds .* values: give a file, or an array of numbers"):
            convdemo.open_image(nothing)
    with pytest.raises(ValueError, match="channels"):
        convdemo.open_image(np.zeros((2, 3, 4)))


def test_a_feature_map_is_an_array_that_shows_itself_with_its_legend():
    made = convdemo.feature_map(IMAGE, "1 2; 3 -4", stride=2)
    expected = scipy.signal.correlate2d(IMAGE / 255, [[1, 2], [3, -4]], mode="valid")[::2, ::2]
    np.testing.assert_allclose(np.asarray(made), expected, atol=1e-5)
    with Image.open(io.BytesIO(made._repr_png_())) as picture:
        assert picture.size == (15, 11)
    shown = made._repr_html_()
    assert "11 × 15 values from −" in shown
    assert "linear-gradient(to right, #053061" in shown  # the blue end of ColorBrewer's RdBu
    data = base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', shown)[1])
    assert data == made._repr_png_()
    smooth = convdemo.feature_map(IMAGE, "box_blur", padding="same")
    assert smooth.shape == (23, 31)
    assert smooth.is_picture


def test_a_run_a_kernel_and_a_stack_show_themselves():
    run = convdemo.learn_kernel(IMAGE / 255, convdemo.feature_map(IMAGE, "1 -1"), (1, 2), learning_rate=0.001, steps=20)
    shown = run._repr_html_()
    assert "<polyline" in shown
    assert "20 updates, loss" in shown
    assert shown.count("<table") == 2
    wild = convdemo.learn_kernel(IMAGE / 255, convdemo.feature_map(IMAGE, "1 -1"), (1, 2), learning_rate=9, steps=20)
    assert "The run diverged." in wild._repr_html_()
    named = convdemo.KERNELS["sobel_x"]
    assert "−2" in named._repr_html_()
    stack = convdemo.analyse_stack("VGG-16", 224)
    assert "conv5_3" in stack._repr_html_()
    # The field of pool5 is 212 pixels wide, as the table of the article in Distill says.
    assert (
        "Receptive field 212x212, one unit every 32x32 pixels, on an input of 224x224."
        in stack.fields[-1]._repr_html_()
    )
    assert "Receptive field 5x5" in convdemo.analyse_stack("3,1,1,0;3,1,1,0").fields[-1]._repr_html_()
    effective = convdemo.effective_receptive_field(stack.layers[:2], input_size=32)
    assert "of the receptive field" in effective._repr_html_()


def test_the_notebook_runs_from_top_to_bottom_and_opens_the_lab():
    document = nbformat.read(ROOT / "examples" / "lab.ipynb", as_version=4)
    client = NotebookClient(document, timeout=HANG, resources={"metadata": {"path": str(ROOT / "examples")}})
    with client.setup_kernel():
        for number, cell in enumerate(document.cells):
            client.execute_cell(cell, number)
        shown = [
            output["data"]["text/html"]
            for cell in document.cells if cell.cell_type == "code"
            for output in cell.outputs if "text/html" in output.get("data", {})
        ]  # fmt: skip
        assert [text.split("<", 2)[1].split()[0] for text in shown] == [
            "figure", "figure", "div", "div", "div", "figure", "div", "iframe",
        ]  # fmt: skip
        address = re.search(r'src="([^"]+)"', shown[-1])[1].replace("&amp;", "&")
        assert address.endswith(f"/?tab=feature_map&picture={NAME}&kernel=1,0;0,-1")
        # The lab has the picture of the notebook: 200 rows, 250 columns.
        view = httpx.get(address.replace("/?", "/first_view?"))
        assert '"size": [200, 250]' in view.headers["X-First-View"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)  # it ended with the notebook
