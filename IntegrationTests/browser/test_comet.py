"""The snippets of the old tutorials on pushing data, in a browser: each sees publications while they come."""

import pytest

from clients.deadline import wait_until
from clients.http import target
from clients.polling import await_subscribers
from clients.proxy import CuttableProxy
from clients.publishing import publish, publish_all
from clients.witness import publish_before

NUMBERS = [str(number) for number in range(100)]

# What the snippets take from jQuery and Prototype.
JQUERY = """
window.$ = {
    ajax({url, dataType, success}) {
        const xhr = new XMLHttpRequest();
        xhr.onload = () => success(dataType === "json" ? JSON.parse(xhr.responseText) : xhr.responseText);
        xhr.open("GET", url);
        xhr.send();
    },
};
"""
PROTOTYPE = """
window.Class = {create: () => function (...values) { this.initialize(...values); }};
String.prototype.evalJSON = function () { return JSON.parse(this); };
window.$ = id => document.getElementById(id);
window.Ajax = {
    Request: function (url, {method, parameters, onSuccess, onComplete}) {
        const xhr = new XMLHttpRequest();
        xhr.onloadend = () => {
            if (xhr.status >= 200 && xhr.status < 300)
                onSuccess.call(this, xhr);
            onComplete.call(this, xhr);
        };
        xhr.open(method, url + (url.includes("?") ? "&" : "?") + new URLSearchParams(parameters));
        xhr.send();
    },
};
document.body.innerHTML = '<div id="content"></div>';
"""


def address(server, path: str, *topics: str, **query) -> str:
    return f"http://127.0.0.1:{server.port}" + target(path, topic=list(topics), **query)


def await_seen(page, count: int) -> list:
    page.wait_for_function("count => seen.length >= count", arg=count, timeout=20_000)
    return page.evaluate("seen")


@pytest.fixture
def own_page(chromium, start_server):
    """A page of the server's own origin, which no other origin may use; and the server."""
    server = start_server()
    page = chromium.new_page()
    page.goto(f"{server.url}/healthz")
    yield page, server
    page.close()


# HTTP streaming

XHR = """address => {
    var getXmlHttpRequest = function () {
        if (window.XMLHttpRequest) {
            return new XMLHttpRequest();
        } else if (window.ActiveXObject) {
            return new ActiveXObject("Microsoft.XMLHTTP");
        }
    };
    window.text = "";
    var xhr = getXmlHttpRequest();
    xhr.onreadystatechange = function () {
        if (xhr.readyState === 3 && xhr.status == 200) {
            window.text = xhr.responseText;
        }
    };
    xhr.open("get", address, true);
    xhr.send("");
    window.xhr = xhr;
}"""


@pytest.mark.parametrize(
    "query", [{}, {"padding": 2048}, {"multipart": "mixed"}], ids=["lines", "padding", "multipart"]
)
def test_an_xhr_reads_at_ready_state_3(server, page, topic, query):
    page.evaluate(XHR, address(server, "/stream", topic, **query))
    page.wait_for_function("text.includes('hello')")
    for text in ["first", "second"]:
        publish(server, topic, data=f"{text} grün")
        page.wait_for_function("text => window.text.includes(text)", arg=f'"data":"{text} grün"')
        assert page.evaluate("xhr.readyState") == 3


FETCH = """async address => {
    window.seen = [];
    window.ended = false;
    const response = await fetch(address);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    (async () => {
        let rest = "";
        for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
            const lines = (rest + piece.value).split("\\n");
            rest = lines.pop();
            seen.push(...lines.map(line => JSON.parse(line)));
        }
        window.ended = true;
    })();
}"""


def test_fetch_reads_lines(start_server, page, topic):
    server = start_server("--demo")
    page.evaluate(FETCH, address(server, "/stream", topic))
    assert list(await_seen(page, 1)[0]) == ["hello"]
    for number in range(5):
        publish(server, topic, data=str(number))
        assert await_seen(page, number + 2)[-1]["data"] == str(number)
    publish_all(server, topic, NUMBERS)
    assert [line["data"] for line in await_seen(page, 106)[6:]] == NUMBERS
    assert page.evaluate("ended") is False
    server.stop()
    page.wait_for_function("ended")
    assert page.evaluate("seen.at(-1).end.code") == 4001


# Forever iframes

COMET_IFRAME = """address => {
    window.seen = [];
    window.comet = {
        connection: false,
        initialize: function() {
            comet.connection = document.createElement('iframe');
            comet.connection.setAttribute('id', 'comet_iframe');
            comet.connection.setAttribute('src', address);
            with (comet.connection.style) {
                position   = "absolute";
                left       = top   = "-100px";
                height     = width = "1px";
                visibility = "hidden";
            }
            document.body.appendChild(comet.connection);
        },
        printServerTime: function (time) {
            seen.push(time);
        },
        onUnload: function() {
            if (comet.connection) {
                comet.connection = false;
            }
        }
    };
    comet.initialize();
}"""


def test_a_hidden_iframe_calls_its_page(own_page, topic):
    page, server = own_page
    page.evaluate(COMET_IFRAME, address(server, "/iframe", topic, callback="parent.comet.printServerTime"))
    assert list(await_seen(page, 1)[0]) == ["hello"]
    for number, text in enumerate(["first", "</script><!--\u2028", '"\\'], start=1):
        id = publish(server, topic, data=text)
        event = await_seen(page, number + 1)[number]
        assert (event["id"], event["data"]) == (id, text)
    assert page.evaluate("document.getElementById('comet_iframe').contentDocument.readyState") == "loading"


def test_an_iframe_that_is_removed_is_noticed_and_its_successor_goes_on(own_page, topic):
    page, server = own_page
    query = {"callback": "parent.comet.printServerTime", "cursor": publish(server, topic, data="before")}
    page.evaluate(COMET_IFRAME, address(server, "/iframe", topic, **query))
    await_seen(page, 1)
    publish(server, topic, data="1")
    cursor = await_seen(page, 2)[1]["id"]
    page.evaluate("document.getElementById('comet_iframe').remove()")
    await_subscribers(server, topic, 0)
    publish(server, topic, data="2")
    page.evaluate(COMET_IFRAME, address(server, "/iframe", topic, **(query | {"cursor": cursor})))
    assert await_seen(page, 2)[1]["data"] == "2"


POST_MESSAGE = """address => {
    window.seen = [];
    window.loaded = false;
    window.addEventListener("message", event => seen.push([event.origin, event.data]));
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.onload = () => { window.loaded = true; };
    frame.src = address;
    document.body.append(frame);
}"""


@pytest.mark.parametrize("names_itself", [True, False], ids=["by origin", "by referrer"])
def test_an_iframe_posts_to_a_page_of_another_origin(start_server, page, blank_address, topic, names_itself):
    origin = blank_address.rstrip("/")
    server = start_server("--allow-origin", origin)
    query = {"callback": "postMessage", "origin": origin if names_itself else None}
    page.evaluate(POST_MESSAGE, address(server, "/iframe", topic, **query))
    ours, hello = await_seen(page, 1)[0]
    assert ours == server.url and list(hello) == ["hello"]
    for number in range(1, 4):
        publish(server, topic, data=str(number))
        assert await_seen(page, number + 1)[number][1]["data"] == str(number)
    assert page.evaluate("loaded") is False


@pytest.mark.parametrize("query", [{}, {"origin": "https://app.example"}], ids=["its own", "that of another"])
def test_an_iframe_says_nothing_to_a_page_that_is_not_allowed(start_server, page, topic, query):
    """Neither may a page borrow the name of an allowed one: the browser withholds what is posted to that."""
    server = start_server("--allow-origin", "https://app.example")
    publish(server, topic, data="secret")
    page.evaluate(POST_MESSAGE, address(server, "/iframe", topic, callback="postMessage", cursor="earliest", **query))
    page.wait_for_function("loaded", timeout=20_000)
    assert page.evaluate("seen") == []


# JSONP

JSONP = """([address, name]) => {
    window.seen = window.seen || [];
    window.failed = false;
    window[name] = document_ => { seen.push(document_); };
    const script = document.createElement("script");
    script.onerror = () => { window.failed = true; };
    script.src = address;
    document.head.append(script);
}"""


def test_a_script_of_another_origin(server, page, topic):
    publish_all(server, topic, ["old", "newest"])
    page.evaluate(JSONP, [address(server, "/poll", topic, callback="took"), "took"])
    document = await_seen(page, 1)[0]
    assert [message["data"] for message in document["messages"]] == ["newest"]


JSONP_LOOP = """([address, cursor]) => {
    window.seen = [];
    window.requests = 0;
    function next(cursor) {
        const script = document.createElement("script");
        script.onload = () => script.remove();
        script.src = `${address}&cursor=${cursor}`;
        requests += 1;
        document.head.append(script);
    }
    window.took = answer => {
        seen.push(...answer.messages.map(message => message.data));
        next(answer.cursor);
    };
    next(cursor);
}"""


def test_a_loop_of_scripts(server, page, topic):
    cursor = publish(server, topic, data="before")
    page.evaluate(JSONP_LOOP, [address(server, "/longpoll", topic, callback="took"), cursor])
    await_subscribers(server, topic, 1)
    publish(server, topic, data="first")
    assert await_seen(page, 1) == ["first"]
    publish_all(server, topic, NUMBERS)
    assert await_seen(page, 101)[1:] == NUMBERS
    assert page.evaluate("requests") > 2


def test_a_script_of_a_foreign_page_is_refused_and_of_our_own_answered(own_page, page, topic):
    own, server = own_page
    publish(server, topic, data="secret")
    arguments = [address(server, "/poll", topic, callback="took"), "took"]
    page.evaluate(JSONP, arguments)
    page.wait_for_function("failed", timeout=20_000)
    assert page.evaluate("seen") == []
    own.evaluate(JSONP, arguments)
    assert await_seen(own, 1)[0]["messages"][0]["data"] == "secret"


# Polling

INTERVAL = """address => {
    window.seen = [];
    setInterval(function() {
        $.ajax({
            url: address,
            dataType: "json",
            success: function(answer) {
                for (const message of answer.messages)
                    if (!seen.includes(message.data))
                        seen.push(message.data);
            }
        });
    }, 50);
}"""


def test_timed_polling_with_an_interval(server, page, topic):
    """The address stays the same, so the browser asks with the tag of what it has, and mostly nothing is new."""
    with CuttableProxy(server.port) as proxy:
        page.evaluate(JQUERY)
        page.evaluate(INTERVAL, address(proxy, "/poll", topic))
        for text in ["1", "2", "3"]:
            publish(server, topic, data=text)
            await_seen(page, int(text))
            before = proxy.passed_down(b"HTTP/1.1 304 ")
            wait_until(lambda before=before: proxy.passed_down(b"HTTP/1.1 304 ") > before + 1, "answers without body")
        assert page.evaluate("seen") == ["1", "2", "3"]
        page.goto("about:blank")


POLL_WITH_CURSOR = """address => {
    window.seen = [];
    let cursor = "earliest", busy = false;
    setInterval(async () => {
        if (busy)
            return;
        busy = true;
        const answer = await (await fetch(`${address}&cursor=${cursor}`)).json();
        seen.push(...answer.messages.map(message => message.data));
        cursor = answer.cursor;
        busy = false;
    }, 20);
}"""


def test_timed_polling_with_a_cursor_gets_everything_once(server, page, topic):
    page.evaluate(POLL_WITH_CURSOR, address(server, "/poll", topic))
    publish_all(server, topic, NUMBERS)
    assert await_seen(page, 100) == NUMBERS


LONG_POLL = """address => {
    window.seen = [];
    function conn() {
        $.ajax({
            url: address,
            dataType: "json",
            success: function(data) {
                seen.push(data);
                conn();
            },
        });
    }
    conn();
}"""


def test_the_long_polling_loop(start_server, page, topic):
    """Its address stays the same, so it gets what is published while a request waits."""
    server = start_server("--demo", "--threads", "1")
    publish_before(server, topic)
    page.evaluate(JQUERY)
    page.evaluate(LONG_POLL, address(server, "/longpoll", topic))
    for number in range(5):
        await_subscribers(server, topic, 1)
        publish(server, topic, data=str(number))
        (message,) = await_seen(page, number + 1)[number]["messages"]
        assert message["data"] == str(number)


LONG_POLL_WITH_CURSOR = """([address, cursor]) => {
    window.seen = [];
    function conn(cursor) {
        $.ajax({
            url: `${address}&cursor=${cursor}`,
            dataType: "json",
            success: function(data) {
                seen.push(...data.messages.map(message => message.data));
                conn(data.cursor);
            },
        });
    }
    conn(cursor);
}"""


def test_the_long_polling_loop_with_a_cursor_gets_everything_once(server, page, topic):
    cursor = publish(server, topic, data="before")
    page.evaluate(JQUERY)
    page.evaluate(LONG_POLL_WITH_CURSOR, [address(server, "/longpoll", topic), cursor])
    publish_all(server, topic, NUMBERS)
    assert await_seen(page, 100) == NUMBERS


COMET_AJAX = """url => {
    var Comet = Class.create();
    Comet.prototype = {

      timestamp: 0,
      url: url,
      noerror: true,

      initialize: function() { },

      connect: function()
      {
        this.ajax = new Ajax.Request(this.url, {
          method: 'get',
          parameters: { 'timestamp' : this.timestamp },
          onSuccess: function(transport) {
            var response = transport.responseText.evalJSON();
            this.comet.timestamp = response['timestamp'];
            this.comet.handleResponse(response);
            this.comet.noerror = true;
          },
          onComplete: function(transport) {
            if (!this.comet.noerror)
              setTimeout(function(){ comet.connect() }, 5000);
            else
              this.comet.connect();
            this.comet.noerror = false;
          }
        });
        this.ajax.comet = this;
      },

      handleResponse: function(response)
      {
        $('content').innerHTML += '<div>' + response['msg'] + '</div>';
      },
    };
    window.comet = new Comet();
    comet.connect();
}"""


def await_shown(page, *texts: str):
    script = "texts => [...$('content').children].map(line => line.textContent).join() === texts.join()"
    page.wait_for_function(script, arg=list(texts), timeout=20_000)


def test_comet_ajax_with_a_timestamp(server, page, topic):
    publish(server, topic, data="before")
    with CuttableProxy(server.port) as proxy:
        page.evaluate(PROTOTYPE)
        page.evaluate(COMET_AJAX, address(proxy, "/longpoll", topic))
        await_shown(page, "before")
        for texts in [["1"], ["1", "2"]]:
            await_subscribers(server, topic, 1)
            publish(server, topic, data=texts[-1])
            await_shown(page, "before", *texts)
        # Whether the browser asks again or the page does: nothing is missed.
        await_subscribers(server, topic, 1)
        proxy.cut()
        publish(server, topic, data="3")
        await_shown(page, "before", "1", "2", "3")
