"""Where a message ends: what leaves a doubt is refused, and nothing that follows it is a request."""

import pytest

from clients.http import HTTPClient, encode_chunked
from clients.pipeline import assert_lives, question, statuses
from clients.publishing import held, history
from clients.refusal import assert_refused

HOST = b"Host: 127.0.0.1\r\n"
GET = b"GET /healthz HTTP/1.1\r\n" + HOST
POST = b"POST /publish?topic=demo:framing HTTP/1.1\r\n" + HOST
OLD_POST = b"POST /publish?topic=demo:framing HTTP/1.0\r\n" + HOST
CHUNKS = POST + b"Transfer-Encoding: chunked\r\n\r\n"
NO_CHUNKS = b"0\r\n\r\n"


def length(*values: bytes) -> bytes:
    return POST + b"".join(b"Content-Length: " + value + b"\r\n" for value in values) + b"\r\nhello"


def coding(*values: bytes, body: bytes = NO_CHUNKS) -> bytes:
    return POST + b"".join(b"Transfer-Encoding: " + value + b"\r\n" for value in values) + b"\r\n" + body


def chunk(line: bytes) -> bytes:
    """A body of one chunk that begins with that line."""
    return CHUNKS + line + b"\r\nhello\r\n0\r\n\r\n"


BAD_LENGTHS = {
    "twice, equal": length(b"5", b"5"), "twice, unequal": length(b"5", b"6"), "twice, the first is 0": length(b"0", b"5"),
    "twice, the second is 0": length(b"5", b"0"), "twice, one is empty": length(b"5", b""), "a list": length(b"5, 5"),
    "a list with spaces": length(b"5 5"), "an empty one": length(b""), "a sign": length(b"+5"), "a minus": length(b"-5"),
    "-0": length(b"-0"), "hexadecimal": length(b"0x5"), "a fraction": length(b"5.0"), "an exponent": length(b"5e0"),
    "a letter": length(b"5a"), "quoted": length(b'"5"'), "Arabic digits": length("٥".encode()), "NUL": length(b"5\0"),
    "a space before the colon": POST + b"Content-Length : 5\r\n\r\nhello",
    "twice, other spelling": POST + b"Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello",
    "and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + NO_CHUNKS,
    "behind chunks": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + NO_CHUNKS,
    "0 and chunks": POST + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" + NO_CHUNKS,
    "and no chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: identity\r\n\r\nhello",
    "and chunks, far apart": POST + b"Transfer-Encoding: chunked\r\nX: y\r\nContent-Length: 5\r\n\r\n" + NO_CHUNKS,
    "of a GET": GET + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
}  # fmt: skip
BAD_CODINGS = {
    "not the last": coding(b"chunked, gzip"), "twice": coding(b"chunked, chunked"), "in two fields": coding(b"chunked", b"chunked"),
    "none": coding(b"identity"), "an empty one": coding(b""), "another": coding(b"gzip"), "xchunked": coding(b"xchunked"),
    "chunkedx": coding(b"chunkedx"), "with a parameter": coding(b"chunked;q=1"), "quoted": coding(b'"chunked"'),
    "with a vertical tab": coding(b"\x0bchunked"), "with NUL": coding(b"chunked\0"), "two words": coding(b"chunked gzip"),
    "before another field of codings": coding(b"chunked", b"gzip"), "and none": coding(b"chunked, identity"),
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n" + NO_CHUNKS,
    "a tab before the colon": POST + b"Transfer-Encoding\t: chunked\r\n\r\n" + NO_CHUNKS,
    "folded": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + NO_CHUNKS,
    "HTTP/1.0": OLD_POST + b"Transfer-Encoding: chunked\r\n\r\n" + NO_CHUNKS,
    "HTTP/1.0 that stays": OLD_POST + b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + NO_CHUNKS,
    "HTTP/1.0 and a length": OLD_POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
    "HTTP/1.0, another": OLD_POST + b"Transfer-Encoding: gzip\r\n\r\nhello",
    "HTTP/1.0, GET": GET.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n" + NO_CHUNKS,
}  # fmt: skip
BAD_CHUNKS = {
    "no size": chunk(b""), "no digits": chunk(b"xyz"), "a prefix": chunk(b"0x5"), "a sign": chunk(b"+5"), "a minus": chunk(b"-5"),
    "a space before": chunk(b" 5"), "NUL": chunk(b"5\0"), "17 digits": chunk(b"00000000000000005"),
    "17 digits, large": chunk(b"10000000000000005"), "17 digits, full": chunk(b"fffffffffffffffff"),
    "100 digits": chunk(b"0" * 99 + b"5"), "ends in LF": CHUNKS + b"5\nhello\r\n0\r\n\r\n", "ends in CR": CHUNKS + b"5\rhello\r\n0\r\n\r\n",
    "too long": CHUNKS + b"3\r\nhello\r\n0\r\n\r\n", "too short": CHUNKS + b"6\r\nhello\r\n0\r\n\r\n", "data ends in LF": CHUNKS + b"5\r\nhello\n0\r\n\r\n",
    "data has no end": CHUNKS + b"5\r\nhello0\r\n\r\n", "the last has 17 digits": CHUNKS + b"5\r\nhello\r\n" + b"0" * 17 + b"\r\n\r\n",
    "the last ends in LF": CHUNKS + b"5\r\nhello\r\n0\n\n", "a request": CHUNKS + GET + b"\r\n",
    "no name": chunk(b"5;"), "no name but a value": chunk(b"5;=x"), "no value": chunk(b"5;a="), "two": chunk(b"5;a;;b"),
    "an open quote": chunk(b'5;a="x'), "behind a quote": chunk(b'5;a="x"y'), "a quote in a name": chunk(b'5;"a"=x'),
    "an open escape": chunk(b'5;a="\\'), "a control character": chunk(b"5;a=\x01"), "NUL in quotes": chunk(b'5;a="\0"'),
    "DEL in quotes": chunk(b'5;a="\x7f"'), "LF": chunk(b"5;a=b\nc"), "CR": chunk(b"5;a=b\rc"), "CR in quotes": chunk(b'5;a="\r"'),
    "no semicolon": chunk(b"5 a=b"), "a comma": chunk(b"5,5"), "ends in LF with an extension": CHUNKS + b"5;a=b\nhello\r\n0\r\n\r\n",
    "of the last": CHUNKS + b"5\r\nhello\r\n0;=\r\n\r\n", "a trailer that is none": CHUNKS + b"0\r\nno trailer\r\n\r\n",
    "a folded trailer": CHUNKS + b"0\r\nA: b\r\n c\r\n\r\n", "a trailer with NUL": CHUNKS + b"0\r\nA: \0\r\n\r\n",
    "a trailer with a space": CHUNKS + b"0\r\nA : b\r\n\r\n", "a trailer that ends in LF": CHUNKS + b"0\r\nA: b\n\r\n",
    "trailers that end in LF": CHUNKS + b"0\r\nA: b\r\n\n", "a trailer with CR": CHUNKS + b"0\r\nA: b\rC: d\r\n\r\n",
}  # fmt: skip
BAD_LINES = {
    "LF": GET.replace(b"\r\n", b"\n") + b"\n", "LF behind the first line": GET.replace(b"\r\n", b"\n", 1) + b"\r\n",
    "LF behind a field": GET + b"A: b\n\r\n", "LF at the end": GET + b"\n", "LF, then CR LF at the end": GET + b"A: b\n\n\r\n",
    "CR in the first line": b"GET /healthz\r HTTP/1.1\r\n" + HOST + b"\r\n", "CR in a field": GET + b"A: b\rC: d\r\n\r\n",
    "CR before a field": GET + b"\rA: b\r\n\r\n", "CR CR LF": GET + b"A: b\r\r\n\r\n", "CR at the end": GET + b"\r\r\n", "CR in a name": GET + b"A\r: b\r\n\r\n",
    "NUL in the method": b"G\0T /healthz HTTP/1.1\r\n" + HOST + b"\r\n", "NUL in the target": b"GET /h\0 HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in a name": GET + b"A\0: b\r\n\r\n", "NUL in a value": GET + b"A: \0\r\n\r\n", "NUL at the end of a value": GET + b"A: b\0\r\n\r\n",
    "NUL in the version": b"GET /healthz HTTP/1.\0\r\n" + HOST + b"\r\n", "a folded field": GET + b"A: b\r\n c\r\n\r\n", "folded by a tab": GET + b"A: b\r\n\tc\r\n\r\n",
    "folded before the fields": b"GET /healthz HTTP/1.1\r\n " + HOST + b"\r\n", "folded, empty": GET + b"A: b\r\n \r\n\r\n", "a folded host": b"GET /healthz HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n",
    "a space before the colon": GET + b"A : b\r\n\r\n", "a tab before the colon": GET + b"A\t: b\r\n\r\n", "a host with a space": b"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "no colon": GET + b"nonsense\r\n\r\n", "no name": GET + b": b\r\n\r\n", "a name with a space": GET + b"A b: c\r\n\r\n", "a name that is no token": GET + b"A(b): c\r\n\r\n",
    "a name that is not ASCII": GET + "Ä: b\r\n\r\n".encode(), "a bell": GET + b"A: \x07\r\n\r\n", "DEL": GET + b"A: \x7f\r\n\r\n",
    "two hosts": GET + HOST + b"\r\n", "two other hosts": GET + b"Host: evil.test\r\n\r\n", "two hosts, far apart": GET + b"A: b\r\nHOST: localhost\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n", "no host, POST": b"POST /publish?topic=demo:framing HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
    "a host with a user": b"GET /healthz HTTP/1.1\r\nHost: a@localhost\r\n\r\n", "a host with a path": b"GET /healthz HTTP/1.1\r\nHost: localhost/\r\n\r\n",
    "two hosts in one": b"GET /healthz HTTP/1.1\r\nHost: localhost evil.test\r\n\r\n", "a tab for a space": b"GET\t/healthz\tHTTP/1.1\r\n" + HOST + b"\r\n",
    "two spaces": b"GET  /healthz HTTP/1.1\r\n" + HOST + b"\r\n", "a space at the end": b"GET /healthz HTTP/1.1 \r\n" + HOST + b"\r\n", "a space before": b" GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "http/1.1": b"GET /healthz http/1.1\r\n" + HOST + b"\r\n", "HTTP/1.10": b"GET /healthz HTTP/1.10\r\n" + HOST + b"\r\n", "HTTP/01.1": b"GET /healthz HTTP/01.1\r\n" + HOST + b"\r\n",
}  # fmt: skip
BAD = {
    **{f"length: {name}": data for name, data in BAD_LENGTHS.items()},
    **{f"coding: {name}": data for name, data in BAD_CODINGS.items()},
    **{f"chunks: {name}": data for name, data in BAD_CHUNKS.items()},
    **{f"lines: {name}": data for name, data in BAD_LINES.items()},
}
# Not malformed, but more than is taken, or something else than is understood.
TOO_MUCH = {
    **{f"a length of {value}": (length(b"%d" % value), 413) for value in [1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]},
    **{f"a length of {value}": (length(b"%d" % value), 413) for value in [1 << 64, (1 << 64) + 5, 10**30, 10**500]},
    "a length of 2^64 in a GET": (GET + b"Content-Length: 18446744073709551616\r\n\r\n", 413),
    "a length of 2^64 to nothing": (b"POST /nope HTTP/1.1\r\n" + HOST + b"Content-Length: 18446744073709551621\r\n\r\nhello", 413),
    "a chunk of 16 digits": (chunk(b"ffffffffffffffff"), 413), "the largest chunk": (chunk(b"7fffffffffffffff"), 413),
    "a chunk of 2^63": (chunk(b"8000000000000000"), 413), "a chunk of 16 digits and more": (chunk(b"fffffffffffffffb;a"), 413),
    "chunks that come to 2^64": (CHUNKS + b"5\r\nhello\r\nfffffffffffffffb\r\n", 413),
    "gzip": (coding(b"gzip, chunked"), 501), "gzip, two fields": (coding(b"gzip", b"chunked"), 501), "deflate": (coding(b"deflate,Chunked"), 501),
    "none and chunked": (coding(b"identity, chunked"), 501), "three": (coding(b"gzip, br", b"chunked"), 501),
    "long extensions": (CHUNKS + (b"1;" + b"a" * 999 + b"\r\nx\r\n") * 20 + NO_CHUNKS, 431),
    "a long extension": (CHUNKS + b"5;" + b"a" * 20_000 + b"\r\n", 431), "long trailers": (CHUNKS + b"0\r\n" + b"A: b\r\n" * 5000, 431),
    "a long field": (GET + b"A: " + b"b" * 20_000 + b"\r\n\r\n", 431),
    "HTTP/2.0": (GET.replace(b"1.1", b"2.0") + b"\r\n", 505), "HTTP/0.9": (GET.replace(b"1.1", b"0.9") + b"\r\n", 505),
}  # fmt: skip


def follower(topic: str) -> bytes:
    """What must not be executed: to be put behind what was refused."""
    return f"POST /publish?topic={topic} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello".encode()


def refuse(server, topic: str, data: bytes, status: int):
    topic = f"demo:{topic}"
    with HTTPClient(server.port) as client:
        client.connection.send(data + follower(topic) * 2)
        assert_refused(client.response(), status)
        assert client.closed()
    # Behind a request that was good the refusal is the second answer, and the last.
    assert statuses(server, question(server, "good") + data + follower(topic)) == [200, status]
    assert history(server, topic)["messages"] == []


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_a_doubtful_request_is_refused_and_nothing_behind_it_counts(server, topic, data):
    refuse(server, topic, data, 400)
    assert history(server, "demo:framing")["messages"] == []


@pytest.mark.parametrize(("data", "status"), TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_what_is_too_much_is_refused_and_nothing_behind_it_counts(server, topic, data, status):
    refuse(server, topic, data, status)
    assert history(server, "demo:framing")["messages"] == []


GOOD_CHUNKS = {
    "plain": b"5\r\nhello\r\n0\r\n\r\n", "16 digits": b"0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n",
    "large letters": b"A\r\nhellohello\r\n0\r\n\r\n", "a name": b"5;a\r\nhello\r\n0\r\n\r\n", "a value": b"5;a=b\r\nhello\r\n0;c=d\r\n\r\n",
    "quoted": b'5;a="b"\r\nhello\r\n0\r\n\r\n', "quoted, empty": b'5;a=""\r\nhello\r\n0\r\n\r\n',
    "quoted, escaped": b'5;a="\\"\\\\;\\x"\r\nhello\r\n0\r\n\r\n', "quoted, with what is none": b'5;a="0;\t=, "\r\nhello\r\n0\r\n\r\n',
    "quoted, not ASCII": '5;a="ä"\r\nhello\r\n0\r\n\r\n'.encode(), "several": b'5;a;b=c;d="e"\r\nhello\r\n0;f\r\n\r\n',
    "16 digits and a name": b"0000000000000005;a\r\nhello\r\n0\r\n\r\n", "a trailer": b"5\r\nhello\r\n0\r\nA: b\r\n\r\n",
    "trailers that mean nothing": b"5\r\nhello\r\n0\r\nContent-Length: 7\r\nHost: evil.test\r\nTransfer-Encoding: x\r\n\r\n",
    "line ends as data": b"6\r\n\r\nhi\r\n\r\n0\r\n\r\n", "a request as data": encode_chunked(follower("demo:inner")),
    "single bytes": encode_chunked(*(bytes([byte]) for byte in b"hello")),
}  # fmt: skip


@pytest.mark.parametrize("body", GOOD_CHUNKS.values(), ids=GOOD_CHUNKS.keys())
def test_good_chunks_are_one_body_and_what_follows_is_the_next_request(server, topic, body):
    topic = f"demo:{topic}"
    data = {GOOD_CHUNKS["large letters"]: "hellohello", GOOD_CHUNKS["line ends as data"]: "\r\nhi\r\n"}.get(body, "hello")
    if body == GOOD_CHUNKS["a request as data"]:
        data = follower("demo:inner").decode()
    head = CHUNKS.replace(b"demo:framing", topic.encode())
    with HTTPClient(server.port) as client:
        client.connection.send((head + body) * 2 + question(server, "behind"))
        assert [client.response().status for _ in range(2)] == [200, 200]
        assert client.response().json()["topic"] == "behind"
        assert_lives(client)
    assert held(server, topic) == [data, data]
    assert history(server, "demo:inner")["messages"] == []


GOOD_LENGTHS = [b"5", b"05", b"5 ", b"5\t", b"\t 5", b"0" * 40 + b"5"]


@pytest.mark.parametrize("value", GOOD_LENGTHS, ids=repr)
@pytest.mark.parametrize("name", [b"Content-Length", b"content-length", b"CONTENT-LENGTH"], ids=repr)
def test_a_good_length_is_one_body_and_what_follows_is_the_next_request(server, topic, name, value):
    topic = f"demo:{topic}"
    head = b"POST /publish?topic=%b HTTP/1.1\r\n%b:%b\r\n%b\r\n" % (topic.encode(), name, value, HOST)
    with HTTPClient(server.port) as client:
        client.connection.send((head + b"hello") * 2 + question(server, "behind"))
        assert [client.response().status for _ in range(2)] == [200, 200]
        assert client.response().json()["topic"] == "behind"
    assert held(server, topic) == ["hello", "hello"]


@pytest.mark.parametrize("lead", [b"\r\n", b"\r\n" * 7])
def test_empty_lines_before_a_request_are_no_part_of_it(server, lead):
    with HTTPClient(server.port) as client:
        client.connection.send((lead + question(server, "a")) * 3 + lead)
        assert [client.response().json()["topic"] for _ in range(3)] == ["a", "a", "a"]
        assert_lives(client)
