"""Links that people have: those of today's version must open later versions too.

Each stands as Share writes it: every setting is understood, and what is on screen then makes the same link again.
"""

from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from convdemo.kernels import KERNELS
from convdemo.links import DEFAULTS, from_query, to_query
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.page import FORMER_NAMES
from tests.page.request import ask

LINKS = [
    # the feature map
    "picture=brick&kernel=sobel_y&padding=reflect",
    "picture=camera&kernel=gaussian:sigma=2.5&stride=2",
    (
        "picture=chelsea&kernel=gabor:angle=30,wavelength=6&stride=2&padding=reflect&dilation=2&bias=-0.5&activation=relu"
        "&flip=yes&channels=colour&display=absolute&scale=full"
    ),
    "kernel=1,0;0,-1",
    "picture=astronaut&kernel=1/9,1/9,1/9;1/9,1/9,1/9;1/9,1/9,1/9&padding=replicate&display=clipped",
    "picture=rocket&kernel=-1,0,1;-2,0,1/3;-1,0,5&bias=0.15",
    "kernel=box_blur:size=31&padding=zeros",
    "dilation=16&scale=full",
    "kernel=random:seed=7",
    # step by step
    "tab=step",
    "tab=step&step=edge&step_cell=3,2",
    "tab=step&step=impulse&step_flip=yes",
    "tab=step&step=own&step_image=1,2,3;4,5,6&step_kernel=1,-1&step_stride=2&step_padding=replicate&step_dilation=2",
    "tab=step&step=own&step_image=-8.5,1/3;0.1,1e-7&step_kernel=2&step_cell=2,1",
    # learn
    "tab=learn",
    "tab=learn&learn_rate=1.2",
    (
        "tab=learn&learn_source=edge&learn_rows=1&learn_columns=2&learn_start=zeros&learn_optimizer=sgd&learn_rate=0.03"
        "&learn_steps=10&learn_loss=sum"
    ),
    "picture=camera&tab=learn&learn_source=pair&learn_steps=1000&learn_bias=yes",
    "tab=learn&learn_teacher=sharpen&learn_rows=5&learn_columns=4&learn_seed=17&learn_optimizer=adam&learn_reveal=yes",
    "tab=learn&learn_hidden=42&stride=2",
    # receptive field
    "tab=receptive",
    "tab=receptive&field_stack=AlexNet&field_compare=holes&field_layer=4&field_unit=3,7&field_model=relu&field_draws=7",
    "tab=receptive&field_stack=three_3x3&field_compare=one_7x7",
    "tab=receptive&field_stack=5x7,1,1,1;3,1,1,SAME;3,2,1,1,pool,first pool&field_seed=5",
    # why convolution
    "tab=why&why_count=other&why_side=64&why_channels=1&why_kernel=5&why_layer=stride&why_mode=zeros&why_rows=-3",
    "picture=brick&kernel=sobel_y&tab=why&why_layer=full&why_columns=4",
    "tab=why&why_row=2&why_column=9&why_patch=2&why_angle=75",
    # filters
    "tab=filters&filters_orientations=6&filters_wavelengths=3,5&filters_phases=90&filters_filter=2&filters_wave=5",
    "tab=filters&filters_source=photo&filters_count=25&filters_side=10&filters_seed=7",
    "picture=chelsea&tab=filters&filters_from=network&filters_pick=12",
    # layers
    "tab=layers&layers_stack=bell&layers_layer=3&layers_unit=120,200",
    "kernel=sobel_y&tab=layers&layers_stack=relu:b-0.5:shared~max3~s2:d2:zeros:1,2;0,-1~average2",
    "picture=astronaut&tab=layers&layers_part=network&net_size=100&layers_threshold=0.8&layers_layer=3&layers_channel=7",
]


def test_there_are_thirty_three_of_every_tab():
    tabs = {dict(parse_qsl(link)).get("tab", "feature_map") for link in LINKS}
    assert tabs == {"feature_map", "step", "learn", "receptive", "why", "filters", "layers"}
    assert len(set(LINKS)) == 33


@pytest.mark.parametrize("link", LINKS)
def test_a_link_still_says_what_it_said(link):
    state, notices = from_query(dict(parse_qsl(link)))
    assert notices == ()
    given = {FORMER_NAMES.get(name, name): text for name, text in parse_qsl(link)}  # what is called otherwise now
    assert dict(parse_qsl(to_query(state))) == given
    assert all(state[name] == DEFAULTS[name] for name in state if name not in given)  # and nothing else


@pytest.mark.parametrize("display", ["signed", "absolute", "clipped"])
@pytest.mark.parametrize("kernel", ["identity", "sobel_y"])
def test_a_display_that_a_link_names_is_kept(display, kernel):
    query = f"kernel={kernel}&display={display}"
    state, notices = from_query(dict(parse_qsl(query)))
    assert (state["display"], notices) == (display, ())
    assert to_query(state) == query


@pytest.mark.usefixtures("upload_folder")
def test_a_link_that_names_no_display_draws_edges_as_before():
    """Before there was "auto", such a link was drawn signed."""
    kernel = kernel_value(KERNELS["sobel_y"])
    [now], [before] = (
        ask(kernel=kernel, **shown)["figure"]["value"]["pictures"] for shown in ({}, {"display": "signed"})
    )
    assert Path(now["file"]["path"]).read_bytes() == Path(before["file"]["path"]).read_bytes()
