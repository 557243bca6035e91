"""Each lesson on a page of its own: with the shared picture, without the other lessons, and with links of its own."""

import pytest

from tests.ui.lab import Lab, settle

# What each lesson says, or shows, once it has been drawn for coffee.png, 600 x 400.
LESSONS = {
    "feature_map": "Coffee cup, Sobel x: 598 × 398",
    "step": "0·0 + 1·1 + 3·2 + 4·3 = 19",  # the chapter's figure
    "learn": "Done: 300 steps",
    "receptive": "600 × 400 photo",
    "why": "240\u202f000 × 3 = 720\u202f000",  # pixels, in three colours
    "filters": "32 filters",  # 8 directions, 2 wavelengths, 2 phases
    "layers": "598 × 398",  # after Sobel, 3 x 3
}


@pytest.fixture
def open_lesson(new_page, lab):
    """Opens a lesson's own page, and waits until it says something."""

    def open_page(address, says):
        opened = Lab(new_page(), lab.address)
        opened.page.goto(f"{lab.address}/{address}")
        opened.page.get_by_text(says).filter(visible=True).first.wait_for()
        settle(opened.page)
        return opened

    return open_page


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_a_page_of_its_own(open_lesson, name):
    page = open_lesson(name, LESSONS[name]).page
    assert page.get_by_role("tab").count() == 0
    photo = page.locator(".picture-panel .stage img")
    assert photo.evaluate("image => image.naturalWidth") == 600
    assert page.evaluate("location.pathname + location.search") == f"/{name}"


def test_it_follows_its_link_and_the_picture_and_makes_links_to_itself(open_lesson):
    why = open_lesson("why?picture=rocket&why_kernel=5&kernel=sobel_y", "640")
    page = why.page
    page.get_by_text("25 × 3 = 75").wait_for()  # 5 x 5 weights for each of three colours
    page.click('.examples [data-name="camera"]')
    page.get_by_text("25 × 1 = 25").wait_for()  # a grey photo
    why.linked("picture=camera")
    assert page.evaluate("location.pathname") == "/why"
    why.linked("why_kernel=5")


def test_a_kernel_that_is_used_opens_the_lab_with_it(open_lesson):
    learn = open_lesson("learn?picture=camera&learn_teacher=difference_x&learn_rows=1&learn_columns=2", "Done: 300")
    learn.page.get_by_role("button", name="Use this kernel in the feature map tab").click()
    learn.page.wait_for_url("**/?*kernel=*")
    learn.wait_until_open()
    learn.has_caption("Photographer, Your kernel: 511 × 512")  # 512 x 512, one column less
    assert learn.page.evaluate("location.pathname") == "/"


def test_the_foot_of_a_page_leads_to_the_list_for_programs(open_lesson):
    page = open_lesson("step", LESSONS["step"]).page
    with page.context.expect_page() as opened:
        page.locator("footer .show-api").click()
    listed = opened.value
    listed.get_by_text("/learn_pair").wait_for()
    assert listed.url.endswith("/api")
    listed.locator("footer .show-api").click()  # here Gradio's own list opens
    listed.get_by_text("10 API endpoints").or_(listed.get_by_text("/filter_bank")).first.wait_for()
    listed.close()
