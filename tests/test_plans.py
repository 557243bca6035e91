"""Lesson plans: what is read, how mistakes are told, and whether the answers of the lab's own plans are right."""

import tomllib

import numpy as np
import pytest
from scipy.signal import correlate2d

from convdemo.kernels import KERNELS
from convdemo.plans import MAX_BYTES, MAX_STEPS, OWN_PLANS, PlanError, read_plan
from convdemo.plans.lines import Lines

START = 'title = "A plan"\n'
STEP = START + '[[steps]]\nsay = "Look."\n'


def read_state(query):
    """A lab with one setting."""
    values = any_state(query)
    if set(values) - {"stride"}:
        raise ValueError(f"{sorted(values)[0]} is no setting")
    return values


def any_state(query):
    return dict(pair.partition("=")[::2] for pair in query.split("&") if pair)


def problems(text):
    with pytest.raises(PlanError) as error:
        read_plan(text, read_state)
    return list(error.value.problems)


def test_a_whole_plan_is_read():
    plan = read_plan(
        """
        title = "Edges"
        about = "Two steps."

        [[steps]]
        state = "?stride=2"
        say = \"\"\"Look,
          and think.\"\"\"
        ask = "How many?"
        answer = 14
        tolerance = 0.5
        right = "Yes."
        then = "stride=3"
        [[steps.wrong]]
        answer = 13
        say = "One more."

        [[steps]]
        say = "Make one."
        ask = "Which kernel?"
        kernel = ["1 -1", "sobel_x"]
        factor = "any"
        """,
        read_state,
    )
    assert (plan.title, plan.about, len(plan.steps)) == ("Edges", "Two steps.", 2)
    first, second = plan.steps
    assert first.state == {"stride": "2"}
    assert first.then == {"stride": "3"}
    assert first.say == "Look, and think."
    assert (first.question.kind, first.question.answer, first.question.tolerance) == ("number", 14, 0.5)
    assert [(each.answer, each.say) for each in first.question.wrong] == [(13, "One more.")]
    assert second.question.answer == [[[1, -1]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]
    assert plan.as_json()["steps"][0]["question"]["wrong"] == ({"answer": 13, "say": "One more."},)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["Line 1: there are no steps: begin each with [[steps]]", 'Line 1: title is missing: write title = "…".']),
        (START + "steps = 3", ["Line 2: steps must be a list of tables"]),
        (START + "[steps]\nsay = 1", ["Line 2: steps must be a list of tables"]),
        ('title = "A', ["Line 1: this is no TOML: "]),
        (STEP + "\nx = {", ["Line 5: this is no TOML"]),
        ("title = \"\"\"\n\nask = 3\n\"\"\"\n[[steps]]\nsay = 3", ["Line 6: say is 3, but must be a text"]),
        (START + '[[steps]]\nsay = ""', ["Line 3: say is empty"]),
        (STEP + 'sya = "typo"', ["Line 4: sya means nothing here: write one of state, then, say"]),
        (STEP + 'state = "tab=nowhere"', ["Line 4: state is no link of the lab: tab is no setting."]),
        (STEP + "state = 3", ["Line 4: state is 3, but must be a text"]),
        (STEP + "answer = 3", ["Line 4: answer needs a question"]),
        (STEP + 'ask = "What?"', ["Line 4: nothing says how the answer is checked"]),
        (STEP + 'ask = "What?"\nanswer = "14"', ["Line 5: answer is '14', but must be a number"]),
        (STEP + 'ask = "What?"\nanswer = nan', ["Line 5: answer is nan, but must be a number"]),
        (STEP + 'ask = "What?"\nanswer = true', ["Line 5: answer is True, but must be a number"]),
        (STEP + 'ask = "What?"\nanswer = 1\ntolerance = -1', ["Line 6: tolerance is -1, but must be at least 0"]),
        (STEP + 'ask = "What?"\nchoices = ["a"]\nanswer = "a"', ["Line 5: choices must be 2 to 6 different texts"]),
        (STEP + 'ask = "What?"\nchoices = ["a", "b"]\nanswer = "c"', ["Line 6: answer must be one of 'a', 'b'"]),
        (STEP + 'ask = "What?"\nchoices = ["a", "b"]\nkernel = "1"', ["Line 6: choices and kernel are two ways"]),
        (STEP + 'ask = "What?"\nkernel = "1 x"', ["Line 5: kernel is no kernel: "]),
        (STEP + 'ask = "What?"\nkernel = 3', ["Line 5: kernel is no kernel: it must be a text"]),
        (STEP + 'ask = "What?"\nkernel = "1"\nfactor = 2', ["Line 6: factor must be one of one, positive, any"]),
        (STEP + 'ask = "What?"\nkernels = ["sobel_x", "sobel_z"]\nanswer = "sobel_x"', ["Line 5: sobel_z is no"]),
        (STEP + 'ask = "What?"\nreach = ""', ["Line 5: reach names nothing"]),
        (STEP + 'ask = "What?"\nreach = "../etc/passwd=1"', ["Line 5: reach is no link of the lab"]),
        (STEP + 'ask = "What?"\nanswer = 1\n[[steps.wrong]]\nanswer = "2"\nsay = "No."', ["Line 7: answer is '2'"]),
        (STEP + "say = 'B'", ["Line 4: this is no TOML: what is written here stands further up already"]),
        (STEP + "ask = “What?”", ["Line 4: this is no TOML at column 7: this is no value: write texts in straight"]),
        (STEP + "\n[" + "a." * 32 + "b]", ["Line 5: a key has more than 32 parts"]),
        (STEP + "tolerance = 1", ["Line 4: tolerance needs a question"]),
        (STEP + 'say\u2028 = 3', ["Line 4: this is no TOML at column 4"]),
        (START + '# \u2028 \x85\n[[steps]]\nsay = 3', ["Line 4: say is 3"]),
        (START + '\nsteps = [{say = "a"},\n{say = 3}]', ["Line 4: say is 3"]),
        (START + '[[steps]]\nsay = "\\u200b"', ["Line 3: say is empty"]),
        (START + '"a\\nb" = 3\n[[steps]]\nsay = "C"', ["Line 2: 'a\\nb' means nothing here"]),
        (STEP + 'state = "https://lab.example/?stride=2"', ["Line 4: state is a whole address: write only what"]),
        (STEP + f'ask = "What?"\nanswer = {"9" * 5000}', ["Line 5: a number has thousands of digits"]),
        (STEP + f'ask = "What?"\nanswer = 0x{"f" * 5000}', ["Line 5: answer is a number of thousands of digits"]),
        (STEP + 'ask = "What?"\nanswer = 1\ntolerance = nan', ["Line 6: tolerance is nan, but must be a number"]),
        (STEP + 'ask = "What?"\nanswer = 1\nfactor = "any"', ["Line 6: factor means nothing beside answer"]),
        (STEP + 'ask = "What?"\nchoices = [" ", "b"]\nanswer = "b"', ["Line 5: choices must be 2 to 6"]),
        (STEP + 'ask = "What?"\nchoices = ["b ", "b"]\nanswer = "b"', ["Line 5: choices must be 2 to 6"]),
        (STEP + 'ask = "What?"\nanswer = 1\nwrong = [\n{answer = 2, say = 4}]', ["Line 7: say is 4"]),
        (STEP + 'ask = "What?"\nanswer = 1\n[steps.wrong]\nsay = "A"', ["Line 6: wrong must be a list of tables"]),
        (STEP + 'state = "stride=2"\nask = "What?"\nreach = "stride=2"', ["Line 6: reach is what the step opens with"]),
        (STEP + 'ask = "What?"\nanswer = 1\n[[steps.wrong]]\nanswer = 2\nwhy = "No."', ["Line 6: say", "Line 8: why"]),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_line_and_what_to_do(text, expected):
    told = problems(text)
    assert len(told) == len(expected)
    for sentence, beginning in zip(told, expected, strict=True):
        assert sentence.startswith(beginning)
        assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("answer = 14\ntolerance = 1", ["15"], "is a right one"),
        ("answer = 14", ["15", "15.0"], "stands in an earlier"),
        ('choices = ["a", "b"]\nanswer = "b"', ['"b"'], "is a right one"),
        ('kernels = ["sobel_x", "sobel_y"]\nanswer = "sobel_x"', ['"sobel_y"', '"sobel_y"'], "stands in an earlier"),
        ('kernel = ["1 -1", "sobel_x"]', ['"sobel_x"'], "is a right one"),
        ('reach = "stride=2"', ['"stride=2"'], "is a right one"),
    ],
)
def test_a_wrong_answer_that_nothing_would_be_said_to_is_named(right, wrong, sentence):
    start = f'{STEP}ask = "What?"\n{right}\n'
    text = start + "".join(f'[[steps.wrong]]\nanswer = {answer}\nsay = "No."\n' for answer in wrong)
    [told] = problems(text)
    assert told.startswith(f"Line {text[: text.rindex('answer')].count(chr(10)) + 1}: answer {sentence}")


LINES = r"""1 = 1
"a.b" = 2 # [[steps]]
c.d = 3
[[e]]
f = 5
text = '''
g = 1 ""'''
h = {i = 8, j = [8, {k = 8}], l = {}}
[[e.m]]
f = 10
n = [
  "f = 1", 12, [12,
  13], # ]
  {o = 14}, 14
]
[e.p.q]
r = 17
[[e]] # {
f.s = 19
[['e' . "m"]]
f = [
22,]
[[e.m]]
text = '''a = \'''
f = 25
[ u ]
"" = 27
date = 1979-05-27 07:32:00
"""


def test_every_value_has_its_line():
    """Each whole number in the file is the line on which it stands."""

    def check(value, *path):
        if isinstance(value, dict | list):
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
                check(inner, *path, key)
        elif isinstance(value, int):
            found[path] = value

    found = {}
    check(tomllib.loads(LINES))
    lines = Lines(LINES)
    assert {path: lines.of(*path) for path in found} == found
    assert len(found) == 18
    crlf = Lines(LINES.replace("\n", "\r\n"))
    assert {path: crlf.of(*path) for path in found} == found
    assert (lines.of("e"), lines.of("e", 0), lines.of("e", 1, "m", 1, "x"), lines.of("u", "x")) == (4, 4, 23, 26)


@pytest.mark.parametrize(
    "text",
    [
        "a." * 40_000 + "b = 1",
        "[" + "a." * 40_000 + "b]",
        "x = {" + "'b' . " * 15_000 + "c = 1}",
        "a = [" + "1," * 45_000 + "]",
        "x" * (MAX_BYTES + 1),
        "é" * (MAX_BYTES // 2 + 1),  # two bytes each
        START + "[[steps]]\nsay = 'a'\n" * (MAX_STEPS + 1),
        "a = " + "[" * 20_000,
        "\0",
        'title = "\\ud800"',
        START + f'[[steps]]\nsay = "{"x" * 1001}"',
        STEP + f'ask = "What?"\nkernel = "{"1 " * 20_000}"',
    ],
)
def test_a_hostile_file_is_refused_in_a_few_short_sentences(text):
    told = problems(text)
    assert 1 <= len(told) <= 20
    assert all(len(sentence) < 700 for sentence in told)


def test_what_a_plan_says_stays_text():
    plan = read_plan(START + '[[steps]]\nsay = "<script>alert(1)</script> {{ 7*7 }} ${x}"', read_state)
    assert plan.steps[0].say == "<script>alert(1)</script> {{ 7*7 }} ${x}"


# ---- the lab's own ---------------------------------------------------------------------------------------------------

OWN = {name: tomllib.loads(path.read_text(encoding="utf-8"))["steps"] for name, path in OWN_PLANS.items()}

FIGURE, KERNEL = np.arange(9.0).reshape(3, 3), np.arange(4.0).reshape(2, 2)
EDGE = np.ones((6, 8))
EDGE[:, 2:6] = 0
DIAGONAL = np.triu(np.ones((6, 8)))
VALID = {"mode": "valid"}


def field(*layers):
    """The width of a receptive field by walking backwards: an output needs (n - 1) s + (k - 1) d + 1 inputs."""
    width = 1
    for kernel, stride, dilation in reversed(layers):
        width = (width - 1) * stride + (kernel - 1) * dilation + 1
    return width


def first_weight_after(steps, rate=0.03):
    """By gradient descent on the summed squared error, from zero, on the chapter's edges."""
    windows = np.stack([EDGE[:, :-1].ravel(), EDGE[:, 1:].ravel()], axis=1)
    target, kernel = windows @ [1, -1], np.zeros(2)
    for _ in range(steps):
        kernel -= rate * 2 * windows.T @ (windows @ kernel - target)
    return kernel[0]


NUMBERS = {
    ("chapter", 1): correlate2d(FIGURE, KERNEL, **VALID)[0, 0],
    ("chapter", 2): correlate2d(FIGURE, KERNEL, **VALID).size,
    ("chapter", 3): correlate2d(EDGE, [[1, -1]], **VALID).shape[1],
    ("chapter", 7): correlate2d(FIGURE, KERNEL[::-1, ::-1], **VALID)[0, 0],
    ("chapter", 8): first_weight_after(1),
    ("chapter", 11): field(*[(3, 1, 1)] * 3),
    ("chapter", 12): np.ones((1000, 1000, 3)).size,
    ("exercises", 7): np.trim_zeros(np.diff(np.eye(1, 11, 5)[0], 4)).size,  # of an impulse
    ("exercises", 9): correlate2d(EDGE, [[1, -1]], **VALID).size,
    ("exercises", 10): 4 * 9 - 4 * 4,
    ("exercises", 12): 2,
    ("receptive_fields", 1): field((3, 1, 1)) ** 2,
    ("receptive_fields", 2): field((3, 1, 1), (3, 1, 1)),
    ("receptive_fields", 3): 3 * 3 * 3,
    ("receptive_fields", 4): field((3, 2, 1), (3, 1, 1)),
    ("receptive_fields", 5): field((3, 1, 2)),
    ("receptive_fields", 6): field(*[(3, 1, 2**power) for power in range(5)]),
    ("receptive_fields", 8): 2**5,  # FACTS: VGG-16 has the stride 32 after its last pooling
}


def test_every_number_that_is_asked_for_is_right():
    asked = {
        (name, number): step["answer"]
        for name, steps in OWN.items()
        for number, step in enumerate(steps, start=1)
        if "answer" in step and not {"choices", "kernels"} & set(step)
    }
    assert set(asked) == set(NUMBERS)
    for place, expected in NUMBERS.items():
        assert asked[place] == pytest.approx(expected, abs=1e-9), place


def accepted(name, number):
    plan = read_plan(OWN_PLANS[name].read_text(encoding="utf-8"), any_state)
    return [np.array(kernel) for kernel in plan.steps[number - 1].question.answer]


def answers_to(kernel, edge):
    return np.abs(correlate2d(edge, kernel, **VALID)).max() > 0.1


UPRIGHT, FLAT = np.tile([0.0] * 6 + [1.0] * 6, (12, 1)), np.tile([[0.0]] * 6 + [[1.0]] * 6, (1, 12))


def test_kernels_that_count_do_what_is_asked():
    for kernel in accepted("chapter", 6):
        assert answers_to(kernel, FLAT)
        assert not answers_to(kernel, UPRIGHT)
    for kernel in accepted("exercises", 4):
        assert answers_to(kernel, UPRIGHT)
        assert not answers_to(kernel, FLAT)
    [second] = accepted("exercises", 6)
    squares = np.arange(9.0)[None] ** 2
    assert (correlate2d(squares, second, **VALID) == 2).all()  # the second derivative of x^2
    for kernel in accepted("exercises", 8):
        assert kernel.min() >= 0
        assert kernel.size > 1
        assert kernel.sum() == pytest.approx(1, abs=1e-6)


def test_choices_that_count_are_what_the_kernels_say():
    chapter, exercises = OWN["chapter"], OWN["exercises"]
    found = correlate2d(EDGE, [[1, -1]], **VALID)
    assert (chapter[3]["answer"], found[0, 1]) == ("1", 1)
    assert chapter[4]["answer"].startswith("Nothing")
    assert not correlate2d(EDGE.T, [[1, -1]], **VALID).any()
    assert chapter[8]["answer"].startswith("No")
    assert abs(1 - 60 * 0.034) > 1
    assert first_weight_after(400, rate=0.0333) == pytest.approx(1, abs=1e-3)

    line = correlate2d(DIAGONAL, [[1, -1]], **VALID)
    assert exercises[0]["answer"] == "A line along the diagonal"
    assert (line == -np.eye(6, 7, -1)).all()
    turned = correlate2d(DIAGONAL.T[:, :6], [[1, -1]], **VALID)
    assert exercises[1]["answer"] == "Its sign changes"
    assert turned.min() == 0
    assert turned.max() == 1
    assert exercises[2]["answer"].startswith("Yes")
    assert correlate2d(DIAGONAL, [[1], [-1]], **VALID).any()
    at_zero = KERNELS["edge"].with_parameters(angle=0).weights
    assert exercises[4]["answer"] == "Sobel, upright edges"
    np.testing.assert_allclose(at_zero, KERNELS["sobel_x"].weights, atol=1e-6)


def test_pictures_in_links_of_exercises_are_the_ones_that_are_spoken_of():
    def shown(number):
        pairs = dict(pair.split("=", 1) for pair in OWN["exercises"][number - 1]["state"].split("&"))
        return np.array([[float(cell) for cell in row.split(",")] for row in pairs["step_image"].split(";")])

    np.testing.assert_array_equal(shown(2), DIAGONAL.T)
    np.testing.assert_array_equal(shown(3), DIAGONAL)


def test_guesses_can_be_told_apart():
    for step in OWN["guess_the_kernel"]:
        assert step["answer"] in step["kernels"]
        assert len(step["kernels"]) == 4
        assert {wrong["answer"] for wrong in step["wrong"]} == set(step["kernels"]) - {step["answer"]}
        noise = np.random.default_rng(1).uniform(size=(24, 31))
        maps = [correlate2d(noise, KERNELS[name].weights, mode="same") for name in step["kernels"]]
        assert all(np.abs(one - other).max() > 0.1 for at, one in enumerate(maps) for other in maps[:at])


def test_wrong_answers_that_are_spoken_of_are_wrong():
    for name, path in OWN_PLANS.items():
        for step in read_plan(path.read_text(encoding="utf-8"), any_state).steps:
            question = step.question
            given = [wrong.answer for wrong in question.wrong]
            assert question.answer not in given, (name, question.ask)
            assert all(given.count(each) == 1 for each in given), (name, question.ask)
