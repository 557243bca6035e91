"""Stacks as people write them: in programs, prints, papers and links.

The cases (tests/cases/stack_text.json) are from public reports; their fields were found by tracing which inputs are
touched, apart from the lab. The texts below them are from public repositories and forums, shortened; their fields are
those that the reports state, or sums of (kernel - 1) * dilation * jump by hand.
"""

import json
import time
from functools import partial
from pathlib import Path
from urllib.parse import quote

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdemo.receptive_field import Layer, StackError, format_stack, measure_receptive_field, receptive_field
from convdemo.stack_notation import MAX_CHARACTERS, is_exchange, read_stack

CASES = json.loads((Path(__file__).with_name("cases") / "stack_text.json").read_text(encoding="utf-8"))


def pair(number):
    return tuple(number) if isinstance(number, list) else (number, number)


def is_refused(text, words):
    """Whether it is refused with one of some words, which are parted by bars."""
    try:
        read_stack(text)
    except StackError as error:
        is_one_line = "\n" not in str(error)
        return is_one_line and any(word.strip().lower() in str(error).lower() for word in words.split("|"))
    return False


def same_padding(layer, wanted):
    """Whether a padding is the one of a case; SAME of stride 1 may be numbers that add up to what the span lacks."""
    if wanted == "SAME":
        full = (
            all(sum(side) == span - 1 for side, span in zip(layer.known_sides(None), layer.span, strict=True))
            if layer.stride == (1, 1)
            else False
        )
        return layer.padding == "SAME" or full
    return layer.padding != "SAME" and all(
        side == pair(axis) for side, axis in zip(layer.padding, pair(wanted), strict=True)
    )


def is_right(layers, expected):
    if len(layers) != len(expected["stack"]):
        return False
    for layer, (kernel, stride, dilation, padding) in zip(layers, expected["stack"], strict=True):
        steps = zip(layer.kernel, layer.dilation, pair(dilation), strict=True)
        if layer.kernel != pair(kernel) or layer.stride != pair(stride) or not same_padding(layer, padding):
            return False
        if any(cells > 1 and step != wanted for cells, step, wanted in steps):
            return False
    field = receptive_field(layers)
    return (field.size, field.jump) == (pair(expected["field"]), pair(expected["jump"]))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_stack_is_understood_as_it_was_meant(case):
    text, expected = case["input"], case["expected"]
    answers = [expected, *([expected["or"]] if "or" in expected else [])]
    refusals = [answer["refused"] for answer in answers if "refused" in answer]
    if any(is_refused(text, words) for words in refusals):
        return
    layers = read_stack(text).layers
    assert any(is_right(layers, answer) for answer in answers if "stack" in answer)


def told(text):
    """The stack in one line without names, and the field."""
    layers = [
        Layer(one.kernel, one.stride, one.padding, one.dilation, kind=one.kind, ceil=one.ceil)
        for one in read_stack(text).layers
    ]
    return format_stack(layers), receptive_field(layers).size


# ---- what people really wrote ----------------------------------------------------------------------------------------

LUT_CLASSIFIER = """
def build_keras():
    L = tf.keras.layers
    inp = tf.keras.Input((256, 256, 3))

    def block(x, out, norm, name):
        x = L.ZeroPadding2D(1)(x)
        x = L.Conv2D(out, 3, strides=2, padding="valid", name=f"{name}_conv")(x)
        x = L.LeakyReLU(0.2)(x)
        if norm:
            x = L.GroupNormalization(groups=-1, epsilon=1e-5, name=f"{name}_in")(x)
        return x

    x = block(inp, 16, True, "b0")
    x = block(x, 32, False, "b1")
    x = L.Conv2D(3, 8, padding="valid", name="head")(x)
    x = L.Reshape((3,))(x)
    return tf.keras.Model(inp, x)
"""
ECG = """
import torch, torch.nn as nn

class HR1DCNN(nn.Module):
    def __init__(self, n_classes=4):
        super().__init__()
        self.fe = nn.Sequential(
            nn.Conv1d(1, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2, dilation=2), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(32, 64, 3, padding=1, dilation=2), nn.ReLU(),
            nn.AdaptiveAvgPool1d(1)
        )
        self.cls = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, n_classes))

    def forward(self, x):
        z = self.fe(x)
        return self.cls(z)
"""
NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        return self.fc1(x)

net = Net()
print(net(torch.randn(1, 3, 32, 32)).shape)
"""

# torch-scan, pull request 31: its own table says 7.
TORCHSCAN = """
from torchscan import summary
mod = nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU(), nn.Conv2d(8, 16, 3))
summary(mod.eval(), (3, 32, 32), receptive_field=True)
"""
# A comment over a discriminator of pix2pix.
PATCH_GAN = (
    "This discriminator is a PatchGAN with a receptive field of 70x70.\n(https://fomoro.com/research/article/"
    "receptive-field-calculator#4,2,1,VALID;4,2,1,VALID;4,2,1,VALID;4,1,1,VALID;4,1,1,VALID)"
)
# As a formatter breaks lines.
VGG_M = """
layers = nn.Sequential(nn.Conv2d(3, 96, (7, 7), (2, 2)), nn.ReLU(inplace=
        True), LocalResponseNorm(5, 0.0005, 0.75, 2), nn.MaxPool2d((3, 3),
        (2, 2), (0, 0), ceil_mode=True), nn.Conv2d
        (96, 256, (5, 5), (2, 2), (1, 1)))
"""
# An old PyTorch.
DEEP_SPEECH = """
(conv): Sequential (

  (0): Conv2d(1, 32, kernel_size=(41, 11), stride=(2, 2))

  (1): Hardtanh (min_val=0, max_val=20, inplace)

  (2): Conv2d(32, 32, kernel_size=(21, 11), stride=(2, 1))
)
"""
# From the comments of a program, where it is cut off.
COMMENTED = """
    # [Sequential(
    #   (0): Conv2d(1, 32, kernel_size=(5, 5), stride=(1, 1))
    #   (1): BatchNorm2d(32, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
    #   (3): MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=0, dilation=1, ceil_mode=False)
    #   (8): FlattenLayer()
"""
# Two notes on VGG.
ARROWS = """VGG16 Architecture:
Conv3-64 → Conv3-64 → Pool → Conv3-128 → Conv3-128 → Pool
→ FC-4096 → FC-1000
"""
BULLETS = "- Input: 224\u00d7224\u00d73\n- Conv3-64\uff0cConv3-64\n- Max-pooling\n- Fully connected (4096 units)"


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        (TORCHSCAN, "5,1,1,0;3,1,1,0", (7, 7)),
        (PATCH_GAN, "4,2,1,0;4,2,1,0;4,2,1,0;4,1,1,0;4,1,1,0", (70, 70)),
        (LUT_CLASSIFIER, "1,1,1,1,pool;3,2,1,0;1,1,1,1,pool;3,2,1,0;8,1,1,0", (35, 35)),  # 1 + 2 + 4 + 7 * 4
        (ECG, "1x7,1,1,0x3;1x2,1x2,1,0,pool;1x5,1,1x2,0x2;1x2,1x2,1,0,pool;1x3,1,1x2,0x1", (1, 42)),
        (NET, "5,1,1,0;2,2,1,0,pool;5,1,1,0;2,2,1,0,pool", (16, 16)),  # LeNet: 5, 6, 14, 16
        (VGG_M, "7,2,1,0;3,2,1,0 ceil,pool;5,2,1,1", (27, 27)),
        (DEEP_SPEECH, "41x11,2,1,0;21x11,2x1,1,0", (81, 31)),
        (COMMENTED, "5,1,1,0;2,2,1,0,pool", (6, 6)),
        (ARROWS, "3,1,1,SAME;3,1,1,SAME;2,2,1,0,pool;3,1,1,SAME;3,1,1,SAME;2,2,1,0,pool", (16, 16)),
        (BULLETS, "3,1,1,SAME;3,1,1,SAME;2,2,1,0,pool", (6, 6)),
    ],
)
def test_public_reports_are_understood(text, line, field):
    assert told(text) == (line, field)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("k3s2p1", "3,2,1,1"),
        ("k7s2p3; k3 s1 p1 d2", "7,2,1,3;3,1,2,1"),
        ("conv3-64\nmaxpool", "3,1,1,SAME;2,2,1,0,pool"),
        ("3x3 conv, 64, /2", "3,2,1,SAME"),
        ("maxpool 2x2/2", "2,2,1,0,pool"),
        ("conv 7x7/2, maxpool 3x3/2, conv 3x3", "7,2,1,SAME;3,2,1,0,pool;3,1,1,SAME"),
        ("7\u00d77, 64, stride 2\n3\u00d73 max pool, stride 2", "7,2,1,SAME;3,2,1,0,pool"),
        ("conv3-64 x2; 2x conv3-128", ";".join(["3,1,1,SAME"] * 4)),
        ("conv 3x5, stride 2x1, padding 1:0x2, rate 2", "3x5,2x1,2,1:0x2"),
        ("Conv(k9n64s1), Conv(k3n64s2)", "9,1,1,0;3,2,1,0"),
        ("conv1: 3x3, 64", "3,1,1,SAME"),
        ("nn.MaxPool2d(3, 2, 1, ceil_mode=True)", "3,2,1,1 ceil,pool"),
        ("nn.ZeroPad2d((1, 0, 2, 3)), nn.Conv2d(3, 8, 3)", "1,1,1,2:3x1:0,pool;3,1,1,0"),  # left, right, top, bottom
        ("layers.ZeroPadding2D(((1, 0), (2, 3)))", "1,1,1,1:0x2:3,pool"),  # top, bottom; left, right
        ("layers.Conv1D(8, 3, padding='causal', dilation_rate=2)", "1x3,1,1x2,0x4:0"),
        ("layers.SeparableConv2D(64, 3, padding='same'), layers.DepthwiseConv2D(3, 2)", "3,1,1,SAME;3,2,1,0"),
        ("layers.Conv2D(64, 3, 2, padding='same')", "3,2,1,SAME"),
        ("nnx.Conv(3, 64, kernel_size=(3, 3), strides=2)", "3,2,1,SAME"),
        ("x = nn.Conv(8, (3, 5), padding=((1, 2), 3), kernel_dilation=2)(x)", "3x5,1,2,1:2x3"),
        ("x = nn.max_pool(x, (3, 3))", "3,1,1,0,pool"),  # Flax steps by 1 unless told
        ("Sequential((0): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=same) (1): ReLU())", "3,1,1,SAME"),
        ("nn.Conv2d(3, 8, 3) -> nn.ReLU() -> nn.MaxPool2d(2)", "3,1,1,0;2,2,1,0,pool"),
        (">>> nn.Conv2d(3, 8, 3)\n>>> nn.MaxPool2d(2)", "3,1,1,0;2,2,1,0,pool"),
        ("    nn.Conv2d(3, 8, 3),\n  nn.MaxPool2d(2),\n)", "3,1,1,0;2,2,1,0,pool"),
        ("```python\nConv2d(3, 8, 3), ReLU, MaxPool2d(2)\n```", "3,1,1,0;2,2,1,0,pool"),
        ("nn.Sequential(*(nn.Conv2d(8, 8, 3, dilation=2**i) for i in range(3)))", "3,1,1,0;3,1,2,0;3,1,4,0"),
        ("k = 3\nnn.Conv2d(3, 8, k, padding=k // 2)", "3,1,1,1"),
        ("for d in [1, 2, 4]:\n    model.add(Conv2D(8, 3, dilation_rate=d))", "3,1,1,0;3,1,2,0;3,1,4,0"),
        ("def cb(s):\n    return nn.Sequential(nn.Conv2d(8, 8, 3, s, 1), nn.ReLU())\nnet = nn.Sequential(cb(2), cb(1))",
         "3,2,1,1;3,1,1,1"),
        ("nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 10, 1)", "3,1,1,0"),
        (NET.replace("self.fc1 =", "for m in self.modules():\n            nn.init.ones_(m.weight)\n        self.fc1 ="),
         "5,1,1,0;2,2,1,0,pool;5,1,1,0;2,2,1,0,pool"),
        ("?receptive_stack=3,1,1,1;2,2,1,0&tab=receptive#x".join(["https://lab.example/", ""]), "3,1,1,1;2,2,1,0"),
    ],
)  # fmt: skip
def test_each_notation_has_its_rules(text, line):
    assert told(text)[0] == line


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("3,1,1,SAME", ""),
        ("VGG16", ""),
        ("nn.Conv2d(3, 8, 3)", "1 layer, from PyTorch"),
        (NET, "4 layers, from PyTorch; left out from line 13 on: flatten, Linear"),
        ("3x3 conv, 64", "1 layer, from short forms; padding SAME where none is written"),
        ("maxpool", "1 layer, from short forms; pooling without numbers taken as 2x2, stride 2"),
        ("https://fomoro.com/x#3,1,1,SAME;3,1,1,SAME", "2 layers, from a link"),
        ("nn.GroupNorm(2, 8)\nnn.Conv2d(8, 8, 3)",
         "1 layer, from PyTorch; the means that GroupNorm takes over the whole map are not counted"),
        ("Net(\n  (conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n)",
         "1 layer, from PyTorch; in the order in which the layers are made"),
    ],
)  # fmt: skip
def test_what_was_understood_is_told_in_a_line(text, summary):
    assert read_stack(text).summary == summary


CONDITION = NET.replace("x = torch", "if self.deep:\n            x = self.conv2(x)\n        x = torch")
BLOCK = """ResNet(
  (conv1): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)
  (layer1): Sequential(
    (0): BasicBlock(
      (conv1): Conv2d(64, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
      (conv2): Conv2d(64, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
    )
  )
)"""
DOWN = """Sequential(
  (0): Conv2d(64, 64, kernel_size=(3, 3), stride=(2, 2))
  (downsample): Conv2d(64, 64, kernel_size=(1, 1), stride=(2, 2))
)"""
SUMMARY = """Model: "sequential"
 Layer (type)                Output Shape              Param #
 conv2d (Conv2D)             (None, 26, 26, 32)        320
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # branches, at the line where they meet or part
        ("x = layers.Conv2D(8, 3)(inputs)\ny = layers.Conv2D(8, 3)(x)\nx = layers.Add()([x, y])", "line 3: Add joins"),
        ("out = nn.Conv2d(8, 8, 3)(x)\nout = F.relu(out)\nout += x", 'line 3: "+" joins'),
        ("x = Conv2D(8, 3)(inputs)\ny = Conv2D(8, 3)(inputs)", "line 2: Conv2D takes a map that another layer"),
        ("a = Input((8, 8, 1))\nb = Input((8, 8, 1))\nx = Conv2D(8, 3)(a)", "line 2: here is a second input"),
        ("a = Conv2D(8, 3)(x)\nb = Conv2D(8, 3)(z)", "line 2: nothing in the text says what z is"),
        ("x = Conv2D(8, 3)(x)\ns = Conv2D(1, 1)(x)\nx = x * s", 'line 3: "*" joins'),
        ("self.conv1 = nn.Conv2d(8, 8, 3)\nself.shortcut = nn.Conv2d(8, 8, 1)", "line 2: shortcut is a path beside"),
        (BLOCK, "line 4: a print does not say how the layers in BasicBlock follow"),
        (DOWN, "line 3: downsample is a path beside another one"),
        # what has no rule
        ("nn.Conv2d(3, 8, 3)\nnn.Upsample(scale_factor=2)", "line 2: Upsample enlarges"),
        ("layers.Conv2D(8, 3)\nlayers.UpSampling2D()", "line 2: UpSampling2D enlarges"),
        ("layers.Conv2DTranspose(8, 3)", "line 1: Conv2DTranspose enlarges"),
        ("deconv 4x4 /2", "line 1: deconv enlarges"),
        ("nn.Flatten()\nnn.Linear(3, 4)", "line 1: Flatten comes first"),
        ("nn.Conv2d(3, 8, 3)\nnn.Flatten()\nnn.Conv2d(3, 8, 3)", "line 3: Conv2d stands behind Flatten in line 2"),
        ("nn.Conv3d(3, 8, 3)", "line 1: Conv3d is not counted, since a picture has two axes"),
        ("x = F.conv2d(x, w, stride=2)", "kernel's size is not in the text"),
        # numbers
        ("nn.Conv2d(3, 64)", "line 1: Conv2d: kernel_size is missing"),
        ("nn.Conv2d(3, 64, 3.5)", "kernel_size is 3.5"),
        ("nn.Conv2d(3, 64, kernal_size=3)", "kernal_size is no argument"),
        ("nn.Conv2d(3, 64, 3, padding=-1)", "padding is -1"),
        ("nn.Conv2d(3, 64, 3, padding='same', stride=2)", "stride 1 only"),
        ("nn.Conv2d(3, 64, 3, padding_mode='circular')", "circular"),
        ("layers.Conv2D(64, 3, 3)", "3x3 in Keras 1"),
        ("Convolution2D(64, 3, 3, border_mode='same')", "Keras 1"),
        ("nnx.Conv(3, 64, kernel_size=3)", "write (3, 3)"),
        ("nn.Conv2d(3, 64, **options)", "not in the text"),
        ("nn.Conv2D(3, 64, 3)", "MXNet's or Paddle's"),
        ("eqx.nn.MaxPool2d(2)", "Equinox"),
        (SUMMARY, "line 2: a summary does not say kernel_size"),
        ("            Conv2d-1           [-1, 64, 224, 224]           1,792", "a summary does not say kernel_size"),
        ("pool, /2", "does not say how large its kernel is"),
        ("y = nn.Conv2d(8, 8, 3)(x[:, :, ::2, ::2])", "nothing in the text says what x[:, :, ::2, ::2] is"),
        ("net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2))\nnet[:1]", "line 2: net[:1] is only a part"),
        ("nets = {'a': nn.Conv2d(8, 8, 3), 'b': nn.Conv2d(8, 8, 5)}", "line 1"),
        ("nn.Conv2d(3, 8, 3, stride=None)", "stride is None"),
        ("pool1", "pool1 can be its name or its size"),
        ("conv5", "5 can be a stride or channels"),
        ("Conv2d(3, 8, kernel_size=(3, 3), padding=(1, 1), padding_mode=circular)", "other side of the picture"),
        ("3x3 dilated conv", "not by how much"),
        ("Conv1 11*11 4", "4 can be a stride or channels"),
        ("flatten 3x3 conv", "flatten is a layer of its own"),
        ("3x3 conv k3", "its kernel is given twice"),
        ("[[11, 4, 0], [3, 2, 0]]", "a list of numbers"),
        ("https://fomoro.com/research/article/receptive-field-calculator", "names no layers"),
        ("https://fomoro.com/#3,1,1,FULL", "layer 1: padding is 'FULL'"),
        # what is not known is not left out
        ("MyBlock(64)\nnn.Conv2d(3, 8, 3)", "line 1: MyBlock(…) is no layer"),
        ("self.block = MyBlock(64)\nself.conv = nn.Conv2d(3, 8, 3)", "line 1: MyBlock(…) is no layer"),
        ("nn.Sequential(nn.Conv2d(3, 8, 3), Block(8))", "line 1: Block(…) is no layer"),
        ("nn.Conv2d(3, 8, 3), MyBlock, nn.MaxPool2d(2)", "line 1: MyBlock is no layer"),
        ("x = nn.Conv2d(3, 8, 3)(x)\nx = build(x)", "line 2: build(…) is no layer"),
        ("def forward(self, x):\n    return self.conv1(x)", "line 2: self.conv1(…) is no layer"),
        ("x = Conv2D(8, 3)(x)\nif flag:\n    x = Conv2D(8, 3)(x)", "line 2: what is built depends on flag"),
        (CONDITION, "line 13: what is built depends on self.deep"),
        ("for i in range(n):\n    model.add(Conv2D(8, 3))", "line 1: what range(n) goes through"),
        ("nn.Conv2d(3, 64, 3", "line 1, column 10: a bracket is never closed"),
        ("nn.Conv2d(3, 64, 3)\nnn.MaxPool2d(2))", "line 2, column 16: a bracket is closed"),
        ("def f(x):\n    return f(x)\nf(x)", "line"),
        ("nn.Conv2d(3, 8, 3);" * 600, "600 layers"),
        ("x" * (MAX_CHARACTERS + 1), "characters, but a stack may have"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_row_of_layers_is_refused_with_the_place(text, words):
    assert is_refused(text, words)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000,
        "nn.Conv2d(" * 2_000,
        "1" + "+1" * 10_000,
        "x" + ".x" * 10_000 + "()",
        "nn.Conv2d(3, 8, 9" + "9" * 5_000 + ")",
        "for a in range(500):\n for b in range(500):\n  for c in range(500):\n   nn.Conv2d(3, 8, 3)",
        "(a): B(" * 3_000,
        "conv3-64 " * 3_000,
        "3x" * 10_000,
        "k" * 20_000,
        "1 " * 10_000,
        "a = [1]\n" + "a = a + a\n" * 60,
        "-" * 20_000 + "1()",
    ],
)
def test_hostile_texts_are_refused_in_no_time(text):
    start = time.process_time()  # of this process alone: what else the machine does is not counted
    with pytest.raises(StackError):
        read_stack(text)
    assert time.process_time() - start < 10  # half a second at most; where it grows with a power of the text, minutes


def test_the_lab_s_own_way_is_known_even_with_mistakes():
    for text in ("3,1,1,SAME;3,1", "3,1,1,FULL", "a,1,1,0", "3", "", "3,1,1,0,conv,first (of two)"):
        assert is_exchange(text)
    for text in (NET, BLOCK, SUMMARY, "k3s2p1", "conv3-64", "https://fomoro.com/#3,1,1,SAME", "[[3, 1, 1]]", "VGG16"):
        assert not is_exchange(text)


def test_a_program_of_flax_sees_what_is_read_of_it():
    # The oracle runs the program: which pixels does the last unit's value depend on?
    text = (
        "x = nn.Conv(features=2, kernel_size=(3, 3), strides=2, padding='VALID')(x)\nx = nn.relu(x)\n"
        "x = nn.max_pool(x, window_shape=(2, 2), strides=(2, 1), padding='VALID')\n"
        "x = nn.Conv(2, (3, 2), kernel_dilation=(1, 2), padding=((1, 0), (0, 1)))(x)"
    )
    layers = read_stack(text).layers

    class Made(nn.Module):
        @nn.compact
        def __call__(self, x):
            names = {"nn": nn, "x": x}
            exec(text, names)  # noqa: S102  # the test's own text
            return names["x"]

    model = Made()
    variables = model.init(jax.random.key(0), jnp.zeros((1, 20, 20, 1)))
    run = partial(model.apply, variables)
    seen = measure_receptive_field(lambda image: run(image[None, :, :, None])[0], (20, 20), (1, 1))
    window = receptive_field(layers, 20).sight((1, 1))
    rows, columns = np.nonzero(seen.any(axis=1))[0], np.nonzero(seen.any(axis=0))[0]
    assert (rows[0], rows[-1]) == (window.real_rows[0], window.real_rows[-1])
    assert (columns[0], columns[-1]) == (window.real_columns[0], window.real_columns[-1])


# ---- any stack, in each notation -------------------------------------------------------------------------------------

sides = st.integers(1, 15)
two = st.one_of(sides, st.tuples(sides, sides))
pads = st.one_of(st.integers(0, 7), st.tuples(st.integers(0, 7), st.integers(0, 7)))
convolutions = st.builds(Layer, two, stride=two, padding=pads, dilation=two)
poolings = st.builds(Layer, two, stride=two, padding=pads, kind=st.just("pooling"), ceil=st.booleans())
modes = st.sampled_from(["SAME", "VALID"])
loose_convolutions = st.builds(Layer, two, stride=two, padding=modes, dilation=two)
loose_poolings = st.builds(Layer, two, stride=two, padding=modes, kind=st.just("pooling"))
plain_poolings = st.builds(Layer, two, stride=two, padding=st.just(0), kind=st.just("pooling"))


def number(axes):
    return str(axes[0]) if axes[0] == axes[1] else str(tuple(axes))


def sides_of(layer):
    return tuple(axis[0] for axis in layer.padding)


def mode_of(layer):
    return '"same"' if layer.padding == "SAME" else '"valid"'


def torch_call(layer, prefix="nn."):
    stride, padding, dilation = number(layer.stride), number(sides_of(layer)), number(layer.dilation)
    if layer.kind == "pooling":
        ceil = ", ceil_mode=True" if layer.ceil else ""
        return f"{prefix}MaxPool2d({number(layer.kernel)}, {stride}, {padding}{ceil})"
    return f"{prefix}Conv2d(3, 8, {number(layer.kernel)}, stride={stride}, padding={padding}, dilation={dilation})"


def torch_positions(layer):
    if layer.kind == "pooling":
        return torch_call(layer)
    numbers = [layer.kernel, layer.stride, sides_of(layer), layer.dilation]
    return f"nn.Conv2d(3, 8, {', '.join(map(number, numbers))}, bias=False)"


def torch_print(layers):
    rows = []
    for place, layer in enumerate(layers):
        padding = sides_of(layer)
        if layer.kind == "pooling":
            text = f"MaxPool2d(kernel_size={layer.kernel}, stride={layer.stride}, padding={padding}, dilation=1, "
            text += f"ceil_mode={layer.ceil})"
        else:
            text = f"Conv2d(3, 8, kernel_size={layer.kernel}, stride={layer.stride}"
            text += f", padding={padding}" if padding != (0, 0) else ""
            text += f", dilation={layer.dilation}" if layer.dilation != (1, 1) else ""
            text += ")"
        rows += [f"  ({2 * place}): {text}", f"  ({2 * place + 1}): ReLU(inplace=True)"]
    return "\n".join(["Sequential(", *rows, ")"])


def torch_class(layers):
    made = [f"        self.m{place} = {torch_call(layer)}" for place, layer in enumerate(layers)]
    passed = [f"        x = F.relu(self.m{place}(x))" for place in range(len(layers))]
    made.reverse()  # the order of the pass counts, not that in which they are made
    head = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    return "\n".join([*head, *made, "    def forward(self, x):", *passed, "        return x"])


def keras_call(layer):
    numbers = f"{number(layer.kernel)}, strides={number(layer.stride)}, padding={mode_of(layer)}"
    if layer.kind == "pooling":
        return f"layers.MaxPooling2D({numbers})"
    return f'layers.Conv2D(8, {numbers}, dilation_rate={number(layer.dilation)}, activation="relu")'


def keras_way(layers):
    rows = ["x = inputs = keras.Input(shape=(64, 64, 3))"]
    rows += [f"x = {keras_call(layer)}(x)" for layer in layers]
    return "\n".join([*rows, "model = keras.Model(inputs, x)"])


def flax_call(layer):
    mode = mode_of(layer).upper()
    if layer.kind == "pooling":
        return f"x = nn.max_pool(x, {layer.kernel}, strides={layer.stride}, padding={mode})"
    return (
        f"x = nn.Conv(8, {layer.kernel}, {number(layer.stride)}, padding={mode}, kernel_dilation={layer.dilation})(x)"
    )


def nnx_call(layer):
    numbers = f"{layer.kernel}, strides={layer.stride}, padding={layer.padding!r}, kernel_dilation={layer.dilation}"
    return f"nnx.Conv(3, 8, {numbers}, rngs=rngs)"


def times(axes):
    return "x".join(map(str, axes))


def short(layer):
    if layer.kind == "pooling":
        return f"max pool {times(layer.kernel)} / {times(layer.stride)}"
    numbers = layer.kernel, layer.stride, sides_of(layer), layer.dilation
    return " ".join(sign + times(axes) for sign, axes in zip("kspd", numbers, strict=True))


def worded(layer):
    if layer.kind == "pooling":
        return f"{times(layer.kernel)} avg pool, stride {times(layer.stride)}"
    return (
        f"{times(layer.kernel)} conv, 64, stride {times(layer.stride)}, pad {times(sides_of(layer))}, "
        f"rate {times(layer.dilation)}"
    )


ALL = st.one_of(convolutions, poolings)
LOOSE = st.one_of(loose_convolutions, loose_poolings)
SHORT = st.one_of(convolutions, plain_poolings)
NOTATIONS = {
    "PyTorch, lines": (ALL, lambda layers: "\n".join(map(torch_call, layers))),
    "PyTorch, by position": (ALL, lambda layers: ",\n".join(map(torch_positions, layers))),
    "PyTorch, Sequential": (ALL, lambda layers: f"net = nn.Sequential({', '.join(map(torch_call, layers))})"),
    "PyTorch, print": (ALL, torch_print),
    "PyTorch, class": (ALL, torch_class),
    "Keras, add": (LOOSE, lambda layers: "\n".join(f"model.add({keras_call(layer)})" for layer in layers)),
    "Keras, list": (LOOSE, lambda layers: f"keras.Sequential([{', '.join(map(keras_call, layers))}])"),
    "Keras, functional": (LOOSE, keras_way),
    "Flax": (LOOSE, lambda layers: "\n".join(map(flax_call, layers))),
    "Flax NNX": (st.one_of(convolutions, loose_convolutions), lambda layers: "\n".join(map(nnx_call, layers))),
    "short": (SHORT, lambda layers: "; ".join(map(short, layers))),
    "words": (SHORT, lambda layers: "\n".join(map(worded, layers))),
    "link": (ALL, lambda layers: f"https://fomoro.com/x#{quote(format_stack(layers), safe=',;:')}"),
}  # fmt: skip


@pytest.mark.parametrize("notation", NOTATIONS)
@settings(max_examples=25)
@given(data=st.data())
def test_any_stack_is_read_back_from_each_notation(notation, data):
    kind, write = NOTATIONS[notation]
    layers = data.draw(st.lists(kind, min_size=1, max_size=4))
    read = read_stack(write(layers)).layers
    assert [(one.kernel, one.stride, one.padding, one.dilation, one.kind, one.ceil) for one in read] == [
        (one.kernel, one.stride, one.padding, one.dilation, one.kind, one.ceil) for one in layers
    ]
