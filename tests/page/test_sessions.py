"""Nothing of a visit is remembered: a session lasts for one request."""

from types import SimpleNamespace

import pytest

from convdemo.ui.sessions import RequestState, Sessions


@pytest.fixture
def stub():
    """What a session asks of a page: its components, by number."""
    blocks = {number: SimpleNamespace(_id=number, stateful=False) for number in range(3)}
    return SimpleNamespace(default_config=SimpleNamespace(blocks=blocks, fns={}), state_session_capacity=10)


def test_the_component_that_was_updated_last_is_there_and_the_others_are_as_they_were_built(stub):
    state, built = RequestState(stub), stub.default_config.blocks
    state[1] = "updated"
    assert (state[0], state[1], state[2]) == (built[0], "updated", built[2])
    state[2] = "too"
    assert (state[1], state[2]) == (built[1], "too")
    assert stub.default_config.blocks == {number: built[number] for number in range(3)}
    assert 1 in state
    assert 99 not in state


def test_a_visit_leaves_nothing_behind(stub):
    sessions = Sessions()
    sessions.set_blocks(stub)
    for visit in range(100):
        sessions[f"visit {visit}"][1] = "updated"
    assert len(sessions.session_data) == 0
    assert "visit 1" not in sessions
    assert sessions["visit 1"][1] is stub.default_config.blocks[1]


def test_no_component_of_the_page_needs_a_session(page):
    # A `gr.State` would be one: it is kept for each visit.
    assert [block for block in page.blocks.values() if block.stateful] == []
