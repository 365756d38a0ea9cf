"""Chromium's WebSocket, with its compression, against an endpoint of an embedding program."""

import pytest
from clients.example import running

# Seeded sizes, mostly small; every reply is compared with what was sent.
TALK = """
async ([address, count, seed]) => {
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const size = (n) => {
    if (n < 4) return n < 2 ? 0 : 1 << 20;
    const kind = random();
    return Math.floor(2 ** (random() * (kind < 0.98 ? 10 : kind < 0.995 ? 16 : 20))) - 1;
  };
  const make = (n) => {
    const length = size(n);
    if (random() < 0.5) {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = random() * 256;
      return bytes;
    }
    const unit = ["abcdefgh", "é€😀x", "\\u0000\\n"][Math.floor(random() * 3)];
    const text = unit.repeat(Math.floor(length / new TextEncoder().encode(unit).length));
    return text + "z".repeat(length - new TextEncoder().encode(text).length);
  };
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
  const waiting = [];
  const seen = { extensions: socket.extensions, text: 0, binary: 0, bytes: 0, wrong: 0 };
  const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
  const done = new Promise((resolve, reject) => {
    socket.onclose = (event) => reject(new Error("closed with " + event.code));
    socket.onmessage = ({ data }) => {
      const sent = waiting.shift();
      const isText = typeof data === "string";
      const isRight = isText ? data === sent : typeof sent !== "string" && equal(new Uint8Array(data), sent);
      seen[isText ? "text" : "binary"]++;
      seen.bytes += isText ? data.length : data.byteLength;
      if (!isRight) seen.wrong++;
      if (seen.text + seen.binary === count) resolve();
    };
  });
  for (let n = 0; n < count; n++) {
    const message = make(n);
    waiting.push(message);
    socket.send(message);
    if (socket.bufferedAmount > 1 << 18) await new Promise((resolve) => setTimeout(resolve));
  }
  await done;
  const closed = new Promise((resolve) => { socket.onclose = resolve; });
  socket.close(4321, "enough");
  const { code, reason, wasClean } = await closed;
  return { ...seen, code, reason, wasClean };
}
"""


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_ten_thousand_messages(page, tmp_path):
    with running("Conformance", tmp_path) as server:
        seen = page.evaluate(TALK, [f"ws://127.0.0.1:{server.port}/echo", 10_000, 7692])
    assert seen["extensions"].startswith("permessage-deflate")
    assert seen["wrong"] == 0
    assert seen["text"] + seen["binary"] == 10_000 and seen["text"] > 4000 and seen["binary"] > 4000
    assert seen["bytes"] > 2 << 20
    assert (seen["code"], seen["reason"], seen["wasClean"]) == (4321, "enough", True)
