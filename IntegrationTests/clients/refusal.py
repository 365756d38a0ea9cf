"""The shape that every refusal has."""

from clients.http import Response


def assert_refused(response: Response, status: int, *codes: str) -> dict:
    """The error object. With several codes any of them will do."""
    assert response.status == status, f"{response.status}, not {status}: {response.body[:300]!r}"
    assert (response.headers.get("Content-Type") or "").startswith("application/json"), response.headers
    document = response.json()
    assert list(document) == ["error"], document
    error = document["error"]
    assert isinstance(error["message"], str) and error["message"], error
    assert not codes or error["code"] in codes, error
    return error
