"""A stack that was analysed knows what the functions say that are told apart in the package, and asks each once."""

import numpy as np
import pytest

from convdemo.receptive_field import (
    NETWORKS,
    AnalysedStack,
    Layer,
    Parallel,
    StackError,
    analysis,
    effective_receptive_field,
    growth,
    parse_stack,
    uniform_spread,
    used_pixels,
)

SIZE = (400, 600)
STACKS = {
    **{name: NETWORKS[name].layers for name in ("VGG-16", "MobileNet-v1", "Dilated context")},
    "not square": parse_stack("3x5,2x1,1,0:1;2,2,1,0,pool;1x4,1,3,SAME"),
    "branched": (Layer(5), Parallel(((Layer(3, padding=1), Layer(3, padding=1)), ()))),
}


@pytest.fixture(params=STACKS)
def layers(request):
    return STACKS[request.param]


def test_it_knows_what_the_functions_say(layers):
    stack = AnalysedStack(layers, SIZE)
    assert stack.fields == growth(layers, SIZE)
    assert stack.spreads == uniform_spread(layers, SIZE)
    assert stack.weights == sum(layer.weights for layer in layers)


def test_a_unit_of_any_layer_uses_the_pixels_that_it_uses_in_a_stack_that_ends_there(layers):
    stack = AnalysedStack(layers, SIZE)
    for depth in range(1, len(layers) + 1):
        unit = tuple(length // 2 for length in stack.fields[depth - 1].output_size)
        assert stack.used_pixels(depth, unit) == used_pixels(layers[:depth], unit, SIZE)


def test_a_unit_of_any_layer_is_measured_as_in_a_stack_that_ends_there():
    stack = AnalysedStack(STACKS["not square"], SIZE)
    for depth, model in ((1, "uniform"), (2, "relu"), (3, "linear")):
        measurement = stack.plan_measurement(depth, (7, 9), model, draws=3, seed=5)
        *_, field = measurement
        expected = effective_receptive_field(
            stack.layers[:depth], model, unit=(7, 9), input_size=SIZE, draws=3, seed=5
        )  # fmt: skip
        np.testing.assert_array_equal(field.influence, expected.influence)
        assert (field.rows, field.columns, field.draws) == (expected.rows, expected.columns, expected.draws)
        *_, again = measurement  # it can begin again
        np.testing.assert_array_equal(again.influence, field.influence)


def test_the_work_of_a_measurement_is_known_before_it_begins():
    stack = AnalysedStack([Layer(3, padding=1)] * 2, SIZE)
    # By hand: the second layer looks at 3 x 3 pixels for 1 unit, the first at 5 x 5 for 3 x 3; 9 cells meet them. With
    # random weights there are 8 channels.
    assert stack.plan_measurement(2, (9, 9), "uniform").work == 9 * (3 * 3 + 5 * 5)
    assert stack.plan_measurement(2, (9, 9), "linear").work == 8 * 9 * (3 * 3 + 5 * 5)


def test_the_effective_width_is_four_sigma_and_at_most_the_field():
    # By hand: a box of k cells has the variance (k^2 - 1) / 12, so 3 x 3 three times 2, and 7 x 7 once 4: 4 sigma is
    # more than the field then.
    assert AnalysedStack([Layer(3)] * 3).effective_widths[-1] == pytest.approx(4 * 2**0.5)
    assert AnalysedStack([Layer(7)]).effective_widths == (7,)
    assert AnalysedStack([Layer((7, 31), dilation=(1, 2))]).effective_widths == (61,)  # the larger axis


def test_an_input_may_be_endless_and_a_stack_empty():
    stack = AnalysedStack(())
    assert (stack.layers, stack.input_size, stack.fields, stack.spreads, stack.effective_widths, stack.weights) == (
        (), None, (), (), (), 0,
    )  # fmt: skip
    assert AnalysedStack([Layer(3)], 9).input_size == (9, 9)


@pytest.mark.parametrize("layers", ["3,1,1,1", [5], [Layer(3)] * 501, parse_stack("200,1,1,0;300,1,1,0")])
def test_a_stack_that_does_not_fit_cannot_be_analysed(layers):
    with pytest.raises(StackError):
        AnalysedStack(layers, SIZE)


def test_everything_is_worked_out_once_and_only_if_somebody_asks(monkeypatch):
    asked = []
    for name in ("growth", "uniform_spread"):
        function = getattr(analysis, name)
        monkeypatch.setattr(
            analysis, name, lambda *given, name=name, function=function: asked.append(name) or function(*given)
        )
    stack = AnalysedStack(STACKS["VGG-16"], SIZE)
    assert asked == ["growth"]
    for _ in range(2):
        assert stack.fields
        assert stack.spreads
        assert stack.effective_widths
        assert stack.used_pixels(3, (0, 0))
    assert asked == ["growth", "uniform_spread"]


def test_it_stays_as_it_is():
    stack = AnalysedStack([Layer(3)], SIZE)
    with pytest.raises(AttributeError):
        stack.input_size = (1, 1)
    assert stack == AnalysedStack((Layer(3),), SIZE)
    assert stack != AnalysedStack((Layer(3),), (9, 9))
