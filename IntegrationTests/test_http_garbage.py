"""What is no HTTP must be refused, and must not harm the server."""

import random
import re

import pytest

from clients.connection import Connection
from clients.http import AUTHORIZED, HTTPClient, encode_request, get, raw
from clients.refusal import assert_refused

HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /publish?topic=t HTTP/1.1\r\nAuthorization: Bearer test-key\r\n" + HOST

BAD_REQUESTS = {
    "binary": b"\x00\x01\x02\x03\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + b"\x11" * 190,
    "no version": b"GET /healthz\r\n" + HOST + b"\r\n",
    "no target": b"GET HTTP/1.1\r\n" + HOST + b"\r\n",
    "two spaces too many": b"GET /healthz more HTTP/1.1\r\n" + HOST + b"\r\n",
    "an unknown protocol": b"GET /healthz FTP/1.1\r\n" + HOST + b"\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "a space before the colon": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X : y\r\n\r\n",
    "a header without a colon": b"GET /healthz HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n",
    "NUL in a header": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n",
    "NUL in the target": b"GET /health\0z HTTP/1.1\r\n" + HOST + b"\r\n",
    "a length that is none": POST + b"Content-Length: five\r\n\r\nhello",
    "a negative length": POST + b"Content-Length: -5\r\n\r\nhello",
    "a length beyond all bounds": POST + b"Content-Length: 99999999999999999999999\r\n\r\nhello",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk size that is none": POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n",
    "a chunk that is too long": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
    "a bare LF": b"GET /healthz HTTP/1.1\nHost: localhost\n\n",
    "a bare LF behind a field": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: y\n\r\n",
    "a bare CR": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: y\rZ: a\r\n\r\n",
    "a folded field": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: y\r\n z\r\n\r\n",
    "a space before the first field": b"GET /healthz HTTP/1.1\r\n " + HOST + b"\r\n",
    "the same length twice": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "a length of 2^63": POST + b"Content-Length: 9223372036854775808\r\n\r\nhello",
    "a length of 2^64": POST + b"Content-Length: 18446744073709551616\r\n\r\nhello",
    "chunks and a length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "chunks that are not the last coding": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunks twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding that looks like chunks": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks of HTTP/1.0": POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk size of 17 digits": POST + b"Transfer-Encoding: chunked\r\n\r\n00000000000000005\r\nhello\r\n0\r\n\r\n",
    "a chunk size with a prefix": POST + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk extension that is none": POST + b"Transfer-Encoding: chunked\r\n\r\n5;\r\nhello\r\n0\r\n\r\n",
    "a chunk that ends in LF": POST + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    "a chunk without its end": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n",
    "a trailer that is none": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nno trailer\r\n\r\n",
    "a fragment": b"GET /healthz#x HTTP/1.1\r\n" + HOST + b"\r\n",
    "a host that is none": b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", BAD_REQUESTS.values(), ids=BAD_REQUESTS.keys())
def test_a_malformed_request_is_refused_and_the_connection_closed(server, request_bytes):
    with HTTPClient(server.port) as client:
        client.connection.send(request_bytes)
        response = client.response()
        assert_refused(response, 413 if b"Content-Length: 9" in request_bytes or b": 1844" in request_bytes else 400)
        assert client.closed()
    assert get(server, "/healthz").status == 200


@pytest.mark.parametrize("request_bytes", BAD_REQUESTS.values(), ids=BAD_REQUESTS.keys())
def test_what_follows_a_malformed_request_is_not_answered(server, request_bytes):
    """Else a proxy before the server could be made to mix up the answers of two clients."""
    bad = request_bytes + encode_request("GET", "/healthz", server.port)
    assert len(re.findall(rb"HTTP/1\.1 \d{3} ", raw(server, bad))) == 1


def test_a_coding_besides_chunks_is_not_understood(server):
    with HTTPClient(server.port) as client:
        client.connection.send(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
        assert_refused(client.response(), 501, "encoding_unsupported")
        assert client.closed()


@pytest.mark.parametrize("version", [b"HTTP/2.0", b"HTTP/3.1", b"HTTP/9.9"])
def test_an_unknown_version_is_refused(server, version):
    with HTTPClient(server.port) as client:
        client.connection.send(b"GET /healthz " + version + b"\r\n" + HOST + b"\r\n")
        response = client.response()
        assert response.status in (400, 505)
        assert_refused(response, response.status, "bad_request", "version_unsupported")


def test_the_preface_of_http_2_is_refused(server):
    with HTTPClient(server.port) as client:
        client.connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000"))
        response = client.response()
        assert response.status in (400, 505)
        assert_refused(response, response.status, "bad_request", "version_unsupported")
        assert client.closed()


def test_a_connection_that_is_reset_in_the_middle_does_no_harm(server):
    for request_bytes in [b"", b"GET", POST + b"Content-Length: 100\r\n\r\nhalf"]:
        for _ in range(20):
            connection = Connection(server.port)
            connection.send(request_bytes)
            connection.reset()
    assert get(server, "/healthz").status == 200


SEED = 20260101
WORDS = [
    b"GET ", b"POST ", b"/sse?topic=t", b"/ws?topic=t", b"/publish", b" HTTP/1.1\r\n", b"\r\n", b"\r\n\r\n", HOST,
    b"Content-Length: ", b"Transfer-Encoding: chunked\r\n", b"Upgrade: websocket\r\n", b"Connection: upgrade\r\n",
    b"Sec-WebSocket-Version: 13\r\n", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"5", b"\0", b"\xff", b"%",
]  # fmt: skip


def garbage(random: random.Random) -> bytes:
    kind = random.randrange(3)
    if kind == 0:
        return random.randbytes(random.randrange(1, 600))
    if kind == 1:
        return b"".join(random.choices(WORDS, k=random.randrange(1, 20)))
    request_bytes = bytearray(encode_request("POST", "/publish?topic=t", 80, AUTHORIZED, b"hello"))
    for _ in range(random.randrange(1, 5)):
        request_bytes[random.randrange(len(request_bytes))] = random.randrange(256)
    return bytes(request_bytes)


@pytest.mark.timeout(120)
def test_two_thousand_connections_of_garbage_do_no_harm(start_server):
    server = start_server("--head-timeout", "1", "--body-timeout", "1")
    source = random.Random(SEED)
    for index in range(2000):
        data = garbage(source)
        connection = Connection(server.port)
        connection.send(data)
        if source.random() < 0.5:
            connection.reset()
        else:
            connection.half_close()
            connection.close()
        assert server.alive, f"seed {SEED}, connection {index}: {data!r}"
    assert get(server, "/healthz").status == 200
