"""The demo page: both panels live, on any screen."""

import contextlib

import pytest

SIZES = [(1280, 800), (375, 667)]


@contextlib.contextmanager
def opened(chromium, server, size=SIZES[0], scheme="light"):
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page, problems = context.new_page(), []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{server.url}/")
    yield page
    assert problems == []
    context.close()


def await_text(page, id: str, text: str):
    script = "([id, text]) => document.querySelector(`[data-testid=${id}]`).textContent.includes(text)"
    page.wait_for_function(script, arg=[id, text], timeout=15_000)


def await_change(page, id: str):
    read = "id => document.querySelector(`[data-testid=${id}]`).textContent"
    page.wait_for_function(f"id => ({read})(id).trim() !== ''", arg=id, timeout=15_000)
    before = page.evaluate(read, id)
    page.wait_for_function(f"([id, before]) => ({read})(id) !== before", arg=[id, before], timeout=15_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
def test_both_panels_are_live(chromium, server, topic, size, scheme):
    with opened(chromium, server, size, scheme) as page:
        for panel in ["sse", "ws"]:
            await_text(page, f"{panel}-state", "live")
            await_change(page, f"{panel}-clock")
        page.get_by_test_id("publish-input").fill(f"hello {topic}")
        page.get_by_test_id("publish-button").click()
        for panel in ["sse", "ws"]:
            await_text(page, f"{panel}-messages", f"hello {topic}")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_what_one_page_publishes_the_others_show_as_text(chromium, server, topic):
    markup = f"<b>{topic}</b><img src=x onerror=alert(1)>"
    with opened(chromium, server) as one, opened(chromium, server) as other:
        await_text(other, "sse-state", "live")
        await_text(other, "ws-state", "live")
        one.get_by_test_id("publish-input").fill(markup)
        one.get_by_test_id("publish-button").click()
        for panel in ["sse", "ws"]:
            await_text(other, f"{panel}-messages", markup)


def test_light_and_dark_look_different(chromium, server):
    colours = set()
    for scheme in ["light", "dark"]:
        with opened(chromium, server, scheme=scheme) as page:
            colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_the_panels_come_back_when_the_server_does(chromium, start_server, topic):
    options = ["--demo", "--retry", "200"]
    server = start_server(*options)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{server.url}/")
    await_text(page, "sse-state", "live")
    await_text(page, "ws-state", "live")
    server.kill()
    for panel in ["sse", "ws"]:
        script = "id => document.querySelector(`[data-testid=${id}]`).textContent.trim() !== 'live'"
        page.wait_for_function(script, arg=f"{panel}-state", timeout=15_000)
    start_server(*options, port=server.port)
    for panel in ["sse", "ws"]:
        await_text(page, f"{panel}-state", "live")
        await_change(page, f"{panel}-clock")
    context.close()
