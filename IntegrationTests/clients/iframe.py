"""The document of a forever iframe as a browser reads it: by the rules of HTML, script by script."""

import codecs
import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser

from clients.deadline import Deadline
from clients.streaming import ObjectClient

_CALL = re.compile(r"([\w$.]+)\((\{.*\})(?:,\"([^\"]*)\")?\);", re.DOTALL)
_NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_=-]+)'")


@dataclass(frozen=True)
class Script:
    attributes: dict
    text: str

    @property
    def _parts(self) -> re.Match:
        match = _CALL.fullmatch(self.text.strip())
        assert match, self.text
        return match

    @property
    def function(self) -> str:
        return self._parts.group(1)

    @property
    def literal(self) -> str:
        """The object as it is written."""
        return self._parts.group(2)

    @property
    def target_origin(self) -> str | None:
        """The second argument of `postMessage`."""
        return self._parts.group(3)


class _Document(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.scripts: list[Script] = []
        self.tags: list[str] = []
        self._attributes: dict | None = None
        self._text = ""
        self._outside = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "script":
            self._attributes, self._text = dict(attrs), ""

    def handle_data(self, data):
        if self._attributes is not None:
            self._text += data
            return
        self._outside += data
        assert "Halley".startswith(self._outside.strip()), f"text outside of scripts: {self._outside!r}"

    def handle_endtag(self, tag):
        if tag == "script":
            assert self._attributes is not None, "a script ends that did not begin"
            self.scripts.append(Script(self._attributes, self._text))
            self._attributes = None


class IframeClient(ObjectClient):
    path = "/iframe"
    query = {"callback": "parent.comet.message"}

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.source = b""
        """All that has been read."""
        self.document = _Document()
        self.script: Script | None = None
        """The last one that was taken."""
        self._taken = 0
        self._decode = codecs.getincrementaldecoder("utf-8")().decode

    @property
    def nonce(self) -> str:
        return _NONCE.search(self.headers.get("Content-Security-Policy")).group(1)

    def next_script(self, timeout: float = 15.0) -> Script:
        deadline = Deadline(timeout)
        while len(self.document.scripts) <= self._taken:
            self.body.fill(deadline)
            data = self.body.take(self.body.available)
            self.source += data
            self.document.feed(self._decode(data))
        self.script = self.document.scripts[self._taken]
        self._taken += 1
        return self.script

    def read_object(self, deadline: Deadline) -> dict:
        return json.loads(self.next_script(deadline.left).literal)
