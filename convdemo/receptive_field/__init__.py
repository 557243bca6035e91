"""Which part of the picture does a unit of a deep layer see, and how much does each pixel count?

`field` has the arithmetic, of `stacks` that are typed in `stack_text` or known from `networks`; `effective` says how
much each pixel counts (by the `gradient` of one unit), and `probe` which pixels a function really depends on. What
there is to know of one stack on one input is kept together in `analysis`.
"""

from convdemo.receptive_field.analysis import AnalysedStack
from convdemo.receptive_field.effective import (
    MAX_DRAWS,
    EffectiveField,
    Measurement,
    effective_receptive_field,
    effective_receptive_fields,
    uniform_spread,
)
from convdemo.receptive_field.field import ReceptiveField, Sight, growth, receptive_field, used_pixels
from convdemo.receptive_field.gradient import MODELS, make_plan
from convdemo.receptive_field.networks import NETWORKS, Network
from convdemo.receptive_field.probe import measure_receptive_field
from convdemo.receptive_field.stack_text import format_stack, parse_layer, parse_stack
from convdemo.receptive_field.stacks import (
    MAX_FIELD,
    MAX_LAYERS,
    MAX_NUMBER,
    Layer,
    Parallel,
    StackError,
    output_sizes,
)

__all__ = [
    "MAX_DRAWS",
    "MAX_FIELD",
    "MAX_LAYERS",
    "MAX_NUMBER",
    "MODELS",
    "NETWORKS",
    "AnalysedStack",
    "EffectiveField",
    "Layer",
    "Measurement",
    "Network",
    "Parallel",
    "ReceptiveField",
    "Sight",
    "StackError",
    "effective_receptive_field",
    "effective_receptive_fields",
    "format_stack",
    "growth",
    "make_plan",
    "measure_receptive_field",
    "output_sizes",
    "parse_layer",
    "parse_stack",
    "receptive_field",
    "uniform_spread",
    "used_pixels",
]
