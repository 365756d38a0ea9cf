import pytest

from clients.connection import Cut, EndOfStream
from clients.deadline import Deadline
from clients.http import HTTPClient, Response, encode_chunked, get
from clients.iframe import IframeClient
from clients.jsonp import answer_of
from clients.multipart import PartClient, parse_as_mail
from clients.streaming import LineClient, StreamingBody
from peer import peer, saying

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


def single_bytes(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


def test_a_connection_reads_no_more_than_its_allowance():
    with peer(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")) as server:
        for allowance in range(43):
            with HTTPClient(server.port, allowance=allowance) as client, pytest.raises(Cut):
                client.request("GET", "/")
        with HTTPClient(server.port, allowance=43) as client:
            assert client.request("GET", "/").body == b"hello"


def test_a_streaming_body_is_taken_in_any_pieces():
    chunks = encode_chunked(b"one\nt", b"wo", b"\nthree")
    with peer(saying(CHUNKED + b"\r\n", *single_bytes(chunks))) as server, StreamingBody(server.port, "/") as body:
        assert [body.take_through(b"\n"), body.take(2), body.take_through(b"\n")] == [b"one\n", b"tw", b"o\n"]
        assert body.take_rest() == b"three" and body.ended_cleanly
        with pytest.raises(EndOfStream):
            body.fill(Deadline(1))


def test_lines_are_objects_and_half_a_line_is_none():
    lines = [b'{"hello":{"cursor":"a"}}\n{"id":"b","da', b'ta":1}\n{"cursor":"c"}\n{"id":"d"']
    with peer(saying(CHUNKED + b"\r\n", encode_chunked(*lines))) as server, LineClient(server.port, "t") as client:
        assert client.next_event()["data"] == 1
        assert client.cursor == "b"
        assert client.rest() == [{"cursor": "c"}] and client.cursor == "c"


TYPE = "multipart/mixed; boundary=xyz"
PART = b"Content-Type: application/json\r\nContent-Length: 12\r\n\r\n"


def multipart(body: bytes) -> bytes:
    return CHUNKED + f"Content-Type: {TYPE}\r\n\r\n".encode() + encode_chunked(*single_bytes(body))


def test_parts_are_read_one_by_one():
    body = b"--xyz\r\n" + PART + b'{"cursor":1}\r\n--xyz\r\n' + PART + b'{"cursor":2}\r\n--xyz--\r\n'
    with peer(saying(multipart(body))) as server, PartClient(server.port, "t") as client:
        assert client.rest() == [{"cursor": 1}, {"cursor": 2}] and client.ended_cleanly
    assert [part["Content-Length"] for part in parse_as_mail(TYPE, body)] == ["12", "12"]


@pytest.mark.parametrize("end", [b"\r\n", b"x\r\n--xyz\r\n", b"\n--xyz\r\n", b"\r\n--xyz \r\n", b"\r\n\r\n--xyz\r\n"])
def test_a_part_must_end_with_its_boundary(end):
    body = b"--xyz\r\n" + PART + b'{"cursor":1}' + end
    with (
        peer(saying(multipart(body))) as server, PartClient(server.port, "t") as client,
        pytest.raises((AssertionError, EndOfStream)),
    ):  # fmt: skip
        client.next_object()


HEAD = CHUNKED + b"Content-Security-Policy: script-src 'nonce-n'\r\n\r\n"


def document(*scripts: str) -> bytes:
    text = "<!DOCTYPE html><title>Halley</title><body><!--  -->"
    text += "".join(f'<script nonce="n">{script}</script>\n' for script in scripts)
    return encode_chunked(*single_bytes(text.encode()))


def test_scripts_are_read_one_by_one():
    scripts = ['p.f({"hello":{"cursor":"ü"}});', 'parent.postMessage({"id":"a"},"http://x");']
    with peer(saying(HEAD, document(*scripts))) as server, IframeClient(server.port, "t") as client:
        assert client.next_object() == {"hello": {"cursor": "ü"}} and client.script.function == "p.f"
        assert client.next_object() == {"id": "a"} and client.cursor == "a"
        assert (client.script.function, client.script.target_origin) == ("parent.postMessage", "http://x")
        assert client.script.attributes == {"nonce": client.nonce} == {"nonce": "n"}


@pytest.mark.parametrize("text", ["</script><script>f({})", "</SCRIPT >", "<!--<script></script>"])
def test_a_script_that_data_has_left_is_found(text):
    script = f'p.f({{"data":"{text}"}});'
    with (
        peer(saying(HEAD, document(script))) as server, IframeClient(server.port, "t") as client,
        pytest.raises((AssertionError, ValueError)),
    ):  # fmt: skip
        client.rest()


@pytest.mark.parametrize("body", [b"f({});", b"/**/g({});", b"/**/f({})", b"/**/f({});alert()", b'/**/f({"a":});'])
def test_a_jsonp_answer_is_one_call_and_nothing_else(body):
    assert answer_of(Response("HTTP/1.1", 200, [], b'/**/f({"a":1});'), "f") == {"a": 1}
    with pytest.raises((AssertionError, ValueError)):
        answer_of(Response("HTTP/1.1", 200, [], body), "f")


def test_get_reads_what_the_peer_says():
    with peer(saying(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n")) as server:
        assert (get(server, "/").status, get(server, "/").body) == (304, b"")
