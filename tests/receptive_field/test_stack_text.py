"""The exchange syntax: read, written, and refused in one sentence that names the layer and the field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convdemo.receptive_field import NETWORKS, Layer, Parallel, StackError, format_stack, parse_layer, parse_stack


def test_the_example_that_people_exchange():
    # FACTS, section 2: kernel, stride, dilation, padding.
    assert parse_stack("3,1,1,SAME;3,2,1,VALID") == (Layer(3, padding="SAME"), Layer(3, stride=2))


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("5,2,3,4", Layer(5, stride=2, dilation=3, padding=4)),
        (" 3 , 1 , 1 , same ; ", Layer(3, padding="SAME")),
        ("\n3,1,1,valid\n\n", Layer(3)),
        ("3x5,1x2,2,1x0", Layer((3, 5), stride=(1, 2), dilation=2, padding=(1, 0))),
        ("3×5,1,1,0", Layer((3, 5))),
        ("2,1,1,0:1", Layer(2, padding=((0, 1), (0, 1)))),
        ("2,1,1,0:1x2", Layer(2, padding=((0, 1), 2))),
        ("3,2,1,1 ceil", Layer(3, stride=2, padding=1, ceil=True)),
        ("3,2,1,0:1x2 CEIL,pool", Layer(3, stride=2, padding=((0, 1), 2), kind="pooling", ceil=True)),
        ("2,2,1,0,pool", Layer(2, stride=2, kind="pooling")),
        ("2,2,1,0,Pooling,the end", Layer(2, stride=2, kind="pooling", name="the end")),
        ("2,2,1,0,conv,pool", Layer(2, stride=2, name="pool")),
    ],
)
def test_each_part_has_its_place(text, layer):
    assert parse_stack(text) == (layer,)


@pytest.mark.parametrize(
    ("text", "layer", "field", "said"),
    [
        ("", None, None, "the stack is empty: write kernel,stride,dilation,padding"),
        (" ; ;", None, None, "the stack is empty"),
        ("3,1,1,SAME;3,1", 2, "dilation", "it has 2 parts, but dilation is missing"),
        ("3", 1, "stride", "it has 1 part, but stride is missing: write kernel,stride,dilation,padding such as"),
        ("3,1,1,0,conv,a,b", 1, None, "it has 7 parts, but at most 6 are understood"),
        ("3,1,1,0;a,1,1,0", 2, "kernel", "layer 2: kernel is 'a', but it must be a whole number from 1 to 999"),
        ("3,1,1,0;0,1,1,0", 2, "kernel", "layer 2: kernel is 0"),
        ("3,-1,1,0", 1, "stride", "stride is '-1'"),
        ("3,0,1,0", 1, "stride", "stride is 0"),
        ("3,1,,0", 1, "dilation", "dilation is ''"),
        ("3,1,1.5,0", 1, "dilation", "dilation is '1.5'"),
        ("3,1,1,FULL", 1, "padding", "or two such as 3x5, SAME or VALID: use 0"),
        ("3,1,1,-1", 1, "padding", "padding is '-1'"),
        ("3,1,1,0:1:2", 1, "padding", "padding is"),
        ("1e999,1,1,0", 1, "kernel", "kernel is '1e999'"),
        ("99999999999999999999999999,1,1,0", 1, "kernel", "kernel is '99999999999999999999…'"),
        ("1000,1,1,0", 1, "kernel", "kernel is 1000, but it must be a whole number from 1 to 999"),
        ("3x3x3,1,1,0", 1, "kernel", "pair of them: use 3"),
        ("٣,1,1,0", 1, "kernel", "kernel is '٣'"),
        ("3,1,1,0,dense", 1, "kind", "kind is 'dense', but it must be conv or pool"),
        ("3,1,1,0,conv," + "n" * 50, 1, "name", "at most 40 characters"),
        (";".join(["3,1,1,0"] * 1000), None, None, "the stack has 1000 layers, but it may have 500"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_one_sentence_that_names_layer_and_field(text, layer, field, said):
    with pytest.raises(StackError) as caught:
        parse_stack(text)
    assert said in str(caught.value)
    assert (caught.value.layer, caught.value.field) == (layer, field)
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


def test_a_row_of_a_table_is_read_without_a_number():
    with pytest.raises(StackError) as caught:
        parse_layer(["3", "1", "1", "x"])
    assert (caught.value.layer, caught.value.field) == (None, "padding")


numbers = st.integers(1, 999)
pairs = st.one_of(numbers, st.tuples(numbers, numbers))
sides = st.one_of(st.integers(0, 999), st.tuples(st.integers(0, 999), st.integers(0, 999)))
names = st.text("abc xyz_09().-", max_size=40).map(str.strip)
layers = st.builds(
    Layer,
    pairs,
    stride=pairs,
    dilation=pairs,
    padding=st.one_of(st.just("SAME"), st.integers(0, 999), st.tuples(sides, sides)),
    name=names,
    kind=st.sampled_from(["convolution", "pooling"]),
    ceil=st.booleans(),
)


@given(st.lists(layers, min_size=1, max_size=5))
def test_every_stack_without_branches_can_be_written_and_read_back(stack):
    assert parse_stack(format_stack(stack)) == tuple(stack)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_known_network_can_be_written_and_read_back(name):
    assert parse_stack(format_stack(NETWORKS[name].layers)) == NETWORKS[name].layers


def test_a_stack_that_branches_cannot_be_written():
    with pytest.raises(StackError, match="layer 2: it branches, which one line cannot say: write the main path only"):
        format_stack([Layer(3), Parallel(((Layer(3),), ()))])
