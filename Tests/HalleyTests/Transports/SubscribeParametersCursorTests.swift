import HalleyHub
import NIOHTTP1
import Testing

@testable import Halley

/// `docs/protocol.md` §3: where it begins.
@Suite struct SubscribeParametersCursorTests {
    private static let id = "4f9c1b7a2e8d3056-128"

    static let starts: [(String, StartPoint?)] = [
        ("earliest", .earliest), ("last:1", .last(1)), ("last:100000", .last(100_000)), (id, .after(.make(128))),
        ("last:0", nil), ("last:100001", nil), ("last:-1", nil), ("last:", nil), ("last:1.5", nil), ("last:x", nil),
        ("last", nil),
        ("last:99999999999999999999", nil), ("Earliest", nil), ("now", nil), ("", .now), ("%ff", nil), ("128", nil),
        ("4f9c1b7a2e8d3056", nil), ("4F9C1B7A2E8D3056-128", nil), (id + "x", nil), ("%20" + id, nil),
        (id + String(repeating: "0", count: 513 - id.utf8.count), nil),
    ]

    @Test(arguments: starts) func readsTheCursor(_ text: String, _ start: StartPoint?) throws {
        let request = RequestHead.make(.GET, "/sse?topic=a&cursor=" + text)
        if let start {
            #expect(try Self.starts(request) == [start])
        } else {
            #expect(Refusal.of { _ = try Self.starts(request) } == Refusal(400, "cursor_invalid"))
        }
    }

    typealias Case = (query: String, starts: [StartPoint]?)

    static let many: [Case] = [
        ("topic=a&topic=b", [.now, .now]), ("topic=a&topic=b&cursor=earliest", [.earliest, .earliest]),
        ("topic=a&cursor=last:1&topic=b&cursor=last:2", [.last(1), .last(2)]),
        ("cursor=earliest&cursor=last:2&topic=a&topic=b", [.earliest, .last(2)]),
        ("topic=a&topic=b&topic=c&cursor=earliest&cursor=earliest", nil),
        // An empty one is as if it were left out, but keeps its place.
        ("topic=a&cursor=", [.now]), ("topic=a&topic=b&cursor", [.now, .now]),
        ("topic=a&topic=b&cursor=&cursor=last:2", [.now, .last(2)]),
        ("topic=a&topic=b&topic=c&cursor=&cursor=last:2", [.last(2), .last(2), .last(2)]),
        // A topic that is named twice counts once, but can't begin at two places.
        ("topic=a&topic=a&cursor=last:2", [.last(2)]),
        ("topic=a&cursor=earliest&topic=b&cursor=last:2&topic=a&cursor=earliest", [.earliest, .last(2)]),
        ("topic=a&cursor=earliest&topic=a&cursor=last:2", nil),
        ("topic=a&cursor=earliest&cursor=earliest", nil),
        ("topic=a&topic=b&cursor=earliest&cursor=bad", nil),
    ]

    @Test(arguments: many) func readsOneForAllOrOneForEach(_ case: Case) throws {
        let request = RequestHead.make(.GET, "/sse?" + `case`.query)
        if let starts = `case`.starts {
            #expect(try Self.starts(request) == starts)
        } else {
            #expect(Refusal.of { _ = try Self.starts(request) } == Refusal(400, "cursor_invalid"))
        }
    }

    /// More cursors of their own have no place in the one that goes back.
    @Test(arguments: [(14, true), (15, false)]) func takesSoManyCursors(_ count: Int, _ isAllowed: Bool) {
        func refusal(_ sequence: (Int) -> Int) -> Refusal? {
            let query = (0..<count).map { "topic=t\($0)&cursor=4f9c1b7a2e8d3056-\(sequence($0))" }.joined(
                separator: "&")
            return Refusal.of { _ = try Self.starts(.make(.GET, "/sse?" + query)) }
        }
        #expect(refusal { $0 } == (isAllowed ? nil : Refusal(400, "cursor_invalid")))
        #expect(refusal { _ in 7 } == nil)
    }

    static let headers: [(String, StartPoint)] = [
        (id, .after(.make(128))), ("", .earliest), ("earliest", .malformed("earliest")),
        ("last:5", .malformed("last:5")),
        ("x y", .malformed("x y")), ("é\u{7f}\u{1}", .malformed("é")), (id + " ", .malformed(id + " ")),
        (String(repeating: "x", count: 600), .malformed(String(repeating: "x", count: 512))),
    ]

    /// An `EventSource` with `cursor=earliest` in its address would else replay for ever.
    @Test(arguments: headers) func takesTheHeaderBeforeTheCursor(_ value: String, _ start: StartPoint) throws {
        let request = RequestHead.make(.GET, "/sse?topic=a&topic=b&cursor=earliest", [("Last-Event-ID", value)])
        #expect(try Self.starts(request) == [start, start])
    }

    typealias Given = (query: String, header: String?, start: StartPoint)

    /// How clients say the last id that can't set the header: a polyfill of `EventSource`, and Mercure's.
    static let lastIDs: [Given] = [
        ("lastEventId=" + id, nil, .after(.make(128))), ("lastEventID=" + id, nil, .after(.make(128))),
        ("cursor=earliest&lastEventId=" + id, nil, .after(.make(128))),
        ("lastEventId=" + id + "&cursor=earliest", nil, .after(.make(128))),
        // It is judged as the header is.
        ("lastEventId=earliest&cursor=last:1", nil, .malformed("earliest")), ("lastEventID=%ff", nil, .malformed("")),
        ("lastEventId=&cursor=last:1", nil, .last(1)), ("lastEventId", nil, .now),
        // The header wins; of several in the address the one that was put there last.
        ("lastEventId=" + id, "4f9c1b7a2e8d3056-7", .after(.make(7))), ("lastEventId=" + id, "", .after(.make(128))),
        ("lastEventId=4f9c1b7a2e8d3056-7&lastEventId=" + id, nil, .after(.make(128))),
        ("lastEventId=" + id + "&lastEventID=4f9c1b7a2e8d3056-7", nil, .after(.make(7))),
        ("lastEventId=" + id + "&lastEventID=", nil, .after(.make(128))),
        // Only these spellings.
        ("lasteventid=" + id, nil, .now), ("last-event-id=" + id, nil, .now),
    ]

    @Test(arguments: lastIDs) func takesTheLastIDFromTheQuery(_ given: Given) throws {
        let headers = given.header.map { [("Last-Event-ID", $0)] } ?? []
        let request = RequestHead.make(.GET, "/sse?topic=a&topic=b&" + given.query, headers)
        #expect(try Self.starts(request) == [given.start, given.start])
    }

    private static func starts(_ request: RequestHead) throws -> [StartPoint] {
        try SubscribeParameters(request, defaultFormat: .raw).topics.map(\.start)
    }
}
