"""Answers that are scripts."""

import json
import re

from clients.http import Response

_SCRIPT = re.compile(r"/\*\*/([\w$.]+)\((\{.*\})\);", re.DOTALL)


def literal_of(response: Response, callback: str) -> str:
    """The argument of the call, as it is written. Nothing else may stand in the script."""
    assert response.status == 200, f"{response.status}: {response.body[:300]!r}"
    match = _SCRIPT.fullmatch(response.body.decode())
    assert match and match.group(1) == callback, response.body[:300]
    return match.group(2)


def answer_of(response: Response, callback: str) -> dict:
    return json.loads(literal_of(response, callback))
