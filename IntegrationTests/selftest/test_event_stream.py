"""The parser against the rules of WHATWG HTML, so that a failure elsewhere is Halley's."""

import pytest

from clients.event_stream import EventStreamParser


def parse(*pieces: bytes):
    parser = EventStreamParser()
    return [block for piece in pieces for block in parser.feed(piece)]


def test_shows_the_fields_of_a_block():
    (block,) = parse(b"retry: 10\nid: 7\nevent: goal\ndata: a\ndata:b\n\n")
    assert (block.retry, block.id, block.event, block.data) == (10, "7", "goal", "a\nb")
    assert block.names == ["retry", "id", "event", "data", "data"]


def test_shows_a_bare_id_and_keeps_it():
    bare, event = parse(b"id: 7\n\ndata: x\n\n")
    assert bare.data is None and bare.id == "7"
    assert event.id is None and event.last_event_id == "7"


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_ends_lines_by_any_of_the_three_ends(end):
    blocks = parse(b"data: a" + end + b"data: b" + end + end + b"data: c" + end + end)
    assert [block.data for block in blocks] == ["a\nb", "c"]


def test_gives_the_same_for_single_bytes():
    stream = "\ufeffdata: é\r\ndata: 🦅\r\r\nid: 1\n\n: c\n\ndata\n\n".encode()
    whole = parse(stream)
    assert parse(*(stream[index : index + 1] for index in range(len(stream)))) == whole
    assert [block.data for block in whole] == ["é\n🦅", None, None, ""]


def test_takes_one_leading_space_only():
    assert parse(b"data:  x\n\n")[0].data == " x"


def test_an_empty_data_line_is_an_event():
    assert parse(b"data:\n\n")[0].data == ""


def test_drops_a_partial_block_at_the_end():
    assert parse(b"data: x\n") == []


def test_an_id_with_nul_is_ignored_and_an_empty_one_resets():
    blocks = parse(b"id: 1\n\nid: a\0b\n\nid\n\n")
    assert [block.last_event_id for block in blocks] == ["1", "1", ""]


def test_a_retry_that_is_not_all_digits_is_ignored():
    assert parse(b"retry: 1s\n\n")[0].retry is None
