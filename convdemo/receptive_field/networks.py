"""How far do the networks see that everyone knows?

Their convolutions and poolings, from the input to the last map before the fully connected part. Of a residual network
only the main path is listed: the shortcuts see a part of what it sees, around the same centre. What people read about
each network stands in networks.toml.

A residual network halves its map four or five times, and the place of these strides decides how far it sees.
torchvision strides in the first unit of a group, in the 3x3 convolution; TF-Slim in the last unit of a group.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from convdemo.receptive_field.stacks import Layer
from convdemo.words import read_tables


@dataclass(frozen=True)
class Network:
    """A known network.

    Attributes:
        name: How people and code call it, for example "VGG-16".
        layers: Its convolutions and poolings, from the input on.
        note: One sentence on what is special about it.
        source: The paper, and the code where the paper leaves something open.
    """

    name: str
    layers: tuple[Layer, ...]
    note: str
    source: str


def _convolution(name, kernel, stride=1, padding=0, dilation=1) -> Layer:
    return Layer(kernel, stride, padding, dilation, name=name)


def _pooling(name, kernel, stride, padding=0) -> Layer:
    return Layer(kernel, stride, padding, name=name, kind="pooling")


def _lenet() -> Iterator[Layer]:
    for stage in (1, 3):
        yield _convolution(f"C{stage}", 5)
        yield _pooling(f"S{stage + 1}", 2, 2)
    yield _convolution("C5", 5)


def _alexnet() -> Iterator[Layer]:
    yield _convolution("conv1", 11, 4)
    yield _pooling("pool1", 3, 2)
    yield _convolution("conv2", 5, padding=2)
    yield _pooling("pool2", 3, 2)
    for number in (3, 4, 5):
        yield _convolution(f"conv{number}", 3, padding=1)
    yield _pooling("pool5", 3, 2)


def _vgg(*counts: int) -> Iterator[Layer]:
    """Groups of 3x3 convolutions, each closed by a pooling."""
    for group, count in enumerate(counts, start=1):
        for number in range(1, count + 1):
            yield _convolution(f"conv{group}_{number}", 3, padding=1)
        yield _pooling(f"pool{group}", 2, 2)


def _resnet(*counts: int, bottleneck: bool = True) -> Iterator[Layer]:
    """As in torchvision: the first unit of each group but the first strides."""
    yield _convolution("conv1", 7, 2, 3)
    yield _pooling("pool1", 3, 2, 1)
    for group, count in enumerate(counts, start=2):
        for number in range(1, count + 1):
            yield from _unit(f"conv{group}_{number}", 2 if group > 2 and number == 1 else 1, bottleneck)


def _slim_resnet(*counts: int) -> Iterator[Layer]:
    """As in TF-Slim: the last unit of each group but the last strides."""
    yield _convolution("conv1", 7, 2, 3)
    yield _pooling("pool1", 3, 2, "SAME")
    for group, count in enumerate(counts, start=1):
        for number in range(1, count + 1):
            strides = group < len(counts) and number == count
            yield from _unit(f"block{group}_{number}", 2 if strides else 1, bottleneck=True)


def _unit(name: str, stride: int, bottleneck: bool) -> Iterator[Layer]:
    """The main path of a residual unit."""
    if bottleneck:
        yield _convolution(f"{name}a", 1)
        yield _convolution(f"{name}b", 3, stride, 1)
        yield _convolution(f"{name}c", 1)
    else:
        yield _convolution(f"{name}a", 3, stride, 1)
        yield _convolution(f"{name}b", 3, 1, 1)


def _mobilenet() -> Iterator[Layer]:
    yield _convolution("conv0", 3, 2, "SAME")
    for number, stride in enumerate((1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1), start=1):
        yield _convolution(f"depthwise{number}", 3, stride, "SAME")
        yield _convolution(f"pointwise{number}", 1)


def _googlenet_stem() -> Iterator[Layer]:
    yield _convolution("conv1", 7, 2, "SAME")
    yield _pooling("pool1", 3, 2, "SAME")
    yield _convolution("conv2 reduce", 1)
    yield _convolution("conv2", 3, padding="SAME")
    yield _pooling("pool2", 3, 2, "SAME")


def _face_proposals() -> Iterator[Layer]:
    yield _convolution("conv1", 3)
    yield Layer(2, 2, name="pool1", kind="pooling", ceil=True)
    yield _convolution("conv2", 3)
    yield _convolution("conv3", 3)
    yield _convolution("face", 1)


def _context() -> Iterator[Layer]:
    for number, dilation in enumerate((1, 1, 2, 4, 8, 16, 1), start=1):
        yield _convolution(f"layer{number}", 3, padding=dilation, dilation=dilation)
    yield _convolution("layer8", 1)


_LAYERS = {
    "LeNet-5": _lenet(),
    "AlexNet": _alexnet(),
    "VGG-11": _vgg(1, 1, 2, 2, 2),
    "VGG-16": _vgg(2, 2, 3, 3, 3),
    "ResNet-18": _resnet(2, 2, 2, 2, bottleneck=False),
    "ResNet-34": _resnet(3, 4, 6, 3, bottleneck=False),
    "ResNet-50": _resnet(3, 4, 6, 3),
    "ResNet-50 (TF-Slim)": _slim_resnet(3, 4, 6, 3),
    "ResNet-101": _resnet(3, 4, 23, 3),
    "ResNet-101 (TF-Slim)": _slim_resnet(3, 4, 23, 3),
    "MobileNet-v1": _mobilenet(),
    "GoogLeNet stem": _googlenet_stem(),
    "Dilated context": _context(),
    "P-Net": _face_proposals(),
}

_TABLES = read_tables(Path(__file__).with_suffix(".toml"))

NETWORKS: Mapping[str, Network] = MappingProxyType(
    {name: Network(name, tuple(layers), **_TABLES["networks"][name]) for name, layers in _LAYERS.items()}
)
"""The networks by name, in the order of the menu."""
