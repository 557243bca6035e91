"""examples/lab.ipynb in a Jupyter page: it runs from top to bottom, and its results show themselves there."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.jupyter import jupyter
from tests.serving import HANG, ROOT
from tests.ui.watched import OF_THE_BROWSER

EXAMPLES = ROOT / "examples"


@pytest.fixture
def notebook(tmp_path):
    """The address of the notebook in a Jupyter server, beside the photo that it opens."""
    folder, settings = tmp_path / "course", tmp_path / "settings"
    for made in (folder, settings):
        made.mkdir()
    for name in ("lab.ipynb", "coffee.png"):
        shutil.copy(EXAMPLES / name, folder)
    with jupyter(folder, settings) as address:
        yield address.format("notebooks/lab.ipynb")


@pytest.fixture
def page(browser):
    """A page that asks nothing of other machines."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(1000 * HANG)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", *OF_THE_BROWSER))] == []


def test_the_notebook_runs_in_a_jupyter_page_and_shows_map_curve_and_lab(page, notebook):
    page.goto(notebook)
    idle = page.locator("#kernel_indicator_icon.kernel_idle_icon")
    expect(idle).to_be_visible()
    page.get_by_role("link", name="Cell", exact=True).click()
    page.get_by_text("Run All", exact=True).click()
    # A cell that waits or runs has an asterisk in place of its number.
    code = page.locator(".code_cell")
    for number, prompt in enumerate(code.locator(".input_prompt").all(), start=1):
        expect(prompt).to_contain_text(f"[{number}]")
    expect(idle).to_be_visible()
    expect(page.locator(".output_error, .output_stderr")).to_have_count(0)

    # The map is a picture with its legend: 398 = 400 - 3 + 1 rows, 598 = 600 - 3 + 1 columns, as NumPy tells a shape.
    figure = code.nth(1).locator("figure")
    expect(figure).to_contain_text("Sobel x")
    expect(figure).to_contain_text("398 × 598 values from −")
    assert figure.locator("img").evaluate("image => [image.naturalWidth, image.naturalHeight]") == [598, 398]
    # The loss is a curve that is drawn: wider than a thumbnail, and not flat.
    curve = code.filter(has_text="convdemo.learn_kernel").locator("svg.plot polyline")
    curve.scroll_into_view_if_needed()
    box = curve.bounding_box()
    assert box["width"] > 300
    assert box["height"] > 40
    # The lab answers in its frame, with the notebook's picture and kernel: 249 = 250 - 2 + 1, 199 = 200 - 2 + 1.
    lab = code.last.frame_locator("iframe")
    expect(lab.locator(".figure-panel .caption")).to_contain_text("Your kernel: 249 × 199 values")
    expect(lab.locator(".kernel-panel .grid input")).to_have_count(4)
