"""What holds for the events of every lesson."""


def test_what_events_tell_is_sent_with_each_of_them(events):
    # With "always_last" Gradio would send what the first one told once more, with "once" nothing.
    telling = [event for event in events if event.collects_event_data]
    assert {event.targets[0][1] for event in telling} == {"select", "download"}
    assert len(telling) == 3  # a place on the photo, a pixel, a file
    assert all(event.trigger_mode == "multiple" for event in telling)
