"""The known networks, against the numbers that google-research/receptive_field publishes, and FACTS, section 2.

Rows "TF-Slim" are from that repository's RECEPTIVE_FIELD_TABLE, by the same names of end points.
"""

import re
from itertools import groupby
from pathlib import Path

import pytest

from convdemo.receptive_field import NETWORKS, Layer, Parallel, growth, networks, receptive_field
from convdemo.words import read_file


def row(field):
    """Size, stride and padding of a field that is the same for rows and columns."""
    assert len({field.size[::-1], field.size}) == len({field.jump[::-1], field.jump}) == 1
    assert field.padding[0] == field.padding[1]
    return field.size[0], field.jump[0], field.padding[0]


def rows(name, input_size=None):
    network = NETWORKS[name]
    return {
        layer.name: row(field) for layer, field in zip(network.layers, growth(network.layers, input_size), strict=True)
    }


def test_the_networks_of_the_issue_are_there_with_their_words():
    assert list(NETWORKS) == [
        "LeNet-5", "AlexNet", "VGG-11", "VGG-16", "ResNet-18", "ResNet-34", "ResNet-50", "ResNet-50 (TF-Slim)",
        "ResNet-101", "ResNet-101 (TF-Slim)", "MobileNet-v1", "GoogLeNet stem", "Dilated context",
        "P-Net",
    ]  # fmt: skip
    for name, network in NETWORKS.items():
        assert network.name == name
        assert network.note.endswith(".")
        assert re.search(r"(19|20)\d\d", network.source)
        assert all(layer.name for layer in network.layers)
        assert len({layer.name for layer in network.layers}) == len(network.layers)
    words = read_file(Path(networks.__file__).with_suffix(".toml"))
    assert set(words) == {"networks"}
    assert set(words["networks"]) == set(NETWORKS)


@pytest.mark.parametrize(
    ("name", "input_size", "expected"),
    [
        ("AlexNet", None, (195, 32, 64)),  # FACTS and TF-Slim
        ("VGG-11", None, (150, 32, 59)),  # TF-Slim vgg_a
        ("VGG-16", None, (212, 32, 90)),  # FACTS and TF-Slim
        ("ResNet-18", None, (435, 32, 217)),  # FACTS, as the next three
        ("ResNet-34", None, (899, 32, 449)),
        ("ResNet-50", None, (427, 32, 213)),
        ("ResNet-101", None, (971, 32, 485)),
        ("ResNet-50 (TF-Slim)", 224, (483, 32, 239)),  # FACTS and TF-Slim resnet_v1_50
        ("ResNet-50 (TF-Slim)", 321, (483, 32, 241)),  # TF-Slim: SAME depends on the size
        ("ResNet-50 (TF-Slim)", None, (483, 32, None)),  # TF-Slim: undetermined
        ("ResNet-101 (TF-Slim)", 224, (1027, 32, 511)),  # TF-Slim resnet_v1_101
        ("ResNet-101 (TF-Slim)", 321, (1027, 32, 513)),
        ("MobileNet-v1", 224, (315, 32, 126)),  # FACTS and TF-Slim
        ("MobileNet-v1", 321, (315, 32, 157)),
        ("MobileNet-v1", None, (315, 32, None)),
        ("LeNet-5", 32, (32, 4, 0)),  # LeCun et al. 1998: C5 sees the whole 32x32 input
        ("Dilated context", None, (67, 1, 33)),  # Yu and Koltun 2016, table 1
        ("P-Net", None, (12, 2, 0)),  # Zhang et al. 2016: it is trained on windows of 12x12; 3 + 1 + 2 (3 - 1) 2
    ],
)
def test_the_last_layer_sees_as_far_as_published(name, input_size, expected):
    assert row(receptive_field(NETWORKS[name].layers, input_size)) == expected


@pytest.mark.parametrize(
    ("name", "input_size", "expected"),
    [
        ("AlexNet", None, {
            "conv1": (11, 4, 0), "pool1": (19, 8, 0), "conv2": (51, 8, 16), "conv3": (99, 16, 32),
            "conv4": (131, 16, 48), "conv5": (163, 16, 64), "pool5": (195, 32, 64),
        }),
        ("VGG-11", None, {
            "conv1_1": (3, 1, 1), "pool1": (4, 2, 1), "conv2_1": (8, 2, 3), "pool2": (10, 4, 3), "conv3_1": (18, 4, 7),
            "conv3_2": (26, 4, 11), "pool3": (30, 8, 11), "conv4_1": (46, 8, 19), "conv4_2": (62, 8, 27),
            "pool4": (70, 16, 27), "conv5_1": (102, 16, 43), "conv5_2": (134, 16, 59),
        }),
        ("VGG-16", None, {
            "pool1": (6, 2, 2), "pool2": (16, 4, 6), "conv3_2": (32, 4, 14), "pool3": (44, 8, 18),
            "pool4": (100, 16, 42), "conv5_2": (164, 16, 74), "pool5": (212, 32, 90),
        }),
        ("MobileNet-v1", 224, {
            "conv0": (3, 2, 0), "pointwise1": (7, 2, 2), "pointwise2": (11, 4, 2), "pointwise5": (43, 8, 14),
            "pointwise11": (219, 16, 94), "pointwise12": (251, 32, 94), "pointwise13": (315, 32, 126),
        }),
        ("ResNet-50 (TF-Slim)", 224, {  # the ends of block1 to block4
            "block1_3c": (35, 8, 15), "block2_4c": (99, 16, 47), "block3_6c": (291, 32, 143),
            "block4_3c": (483, 32, 239),
        }),
        ("ResNet-101 (TF-Slim)", 224, {"block3_23c": (835, 32, 415)}),
        # The stem has the kernels and strides of TF-Slim's inception_v2 up to MaxPool_3a_3x3.
        ("GoogLeNet stem", 224, {
            "conv1": (7, 2, 2), "pool1": (11, 4, 2), "conv2 reduce": (11, 4, 2), "conv2": (19, 4, 6),
            "pool2": (27, 8, 6),
        }),
        ("Dilated context", None, {  # Yu and Koltun 2016, table 1, "receptive field"
            f"layer{number}": (size, 1, (size - 1) // 2) for number, size in enumerate((3, 5, 9, 17, 33, 65, 67, 67), 1)
        }),
        ("LeNet-5", None, {"C1": (5, 1, 0), "S2": (6, 2, 0), "C3": (14, 2, 0), "S4": (16, 4, 0)}),  # by hand
    ],
)  # fmt: skip
def test_every_layer_sees_as_far_as_published(name, input_size, expected):
    found = rows(name, input_size)
    assert {layer: found[layer] for layer in expected} == expected


@pytest.mark.parametrize(
    ("name", "input_size", "last"),
    [
        ("VGG-16", 224, (7, 7)),  # the papers: 7x7 before the fully connected part
        ("ResNet-50", 224, (7, 7)),
        ("ResNet-50 (TF-Slim)", 224, (7, 7)),
        ("MobileNet-v1", 224, (7, 7)),
        ("GoogLeNet stem", 224, (28, 28)),
        ("LeNet-5", 32, (1, 1)),
        ("Dilated context", (37, 53), (37, 53)),
        ("P-Net", 12, (1, 1)),  # Zhang et al. 2016, figure 2
        ("P-Net", (60, 61), (25, 26)),  # 58x59; 29x30, with the odd column; 27x28; 25x26
    ],
)
def test_the_map_has_the_size_of_the_papers(name, input_size, last):
    assert receptive_field(NETWORKS[name].layers, input_size).output_size == last


@pytest.mark.parametrize(("name", "input_size"), [
    ("ResNet-18", None), ("ResNet-34", None), ("ResNet-50", None), ("ResNet-101", 224), ("ResNet-50 (TF-Slim)", 224),
    ("ResNet-101 (TF-Slim)", 224),
])  # fmt: skip
def test_the_shortcuts_of_a_residual_network_see_a_part_of_what_its_main_path_sees(name, input_size):
    # The true graph: each unit beside its shortcut, which strides where the unit does, and is 1x1.
    graph = []
    for unit, layers in groupby(
        NETWORKS[name].layers, key=lambda layer: re.sub(r"(\d_\d+)[abc]$", r"\1 unit", layer.name)
    ):
        path = tuple(layers)
        stride = max(layer.stride for layer in path)
        shortcut = (Layer(1, stride),) if max(stride) > 1 else ()
        graph += [Parallel((path, shortcut))] if unit.endswith("unit") else path
    assert (
        sum(isinstance(layer, Parallel) for layer in graph)
        == {18: 8, 34: 16, 50: 16, 101: 33}[int(re.search(r"\d+", name)[0])]
    )  # units, He et al. 2016, table 1
    field = receptive_field(graph, input_size)
    assert field == receptive_field(NETWORKS[name].layers, input_size)
    assert field.aligned
