import HalleyBench
import Testing

@Suite("HTTP answers")
struct AnswerReaderTests {
    private enum Seen: Equatable {
        case status(Int)
        case body(String)
        case end
        case failure
    }

    private static let answers =
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcHTTP/1.1 204 No Content\r\n\r\n"
        + "HTTP/1.1 202 Accepted\r\nX: y\r\nContent-Length:0\r\n\r\n"

    @Test("Answers follow each other however the bytes were split", arguments: [1, 2, 5, 1000])
    func readsInTurn(piece: Int) {
        let seen = Self.read(Self.answers, isEndless: false, piece: piece)
        #expect(seen == [.status(200), .body("abc"), .end, .status(204), .end, .status(202), .end])
    }

    @Test("What follows a stream's head is its body", arguments: [1, 1000])
    func streams(piece: Int) {
        let seen = Self.read("HTTP/1.1 101 Switching Protocols\r\n\r\nabc", isEndless: true, piece: piece)
        #expect(seen == [.status(101), .body("abc")])
    }

    @Test("What can't be read is told once", arguments: ["HTTP/1.1 200 OK\r\n\r\nabc", "nonsense\r\n\r\nabc"])
    func fails(text: String) {
        #expect(Self.read(text, isEndless: false, piece: 1).filter { $0 == .failure }.count == 1)
    }

    private static func read(_ text: String, isEndless: Bool, piece: Int) -> [Seen] {
        var reader = AnswerReader(isEndless: isEndless)
        var seen: [Seen] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            let part = Array(bytes[start..<min(bytes.count, start + piece)])
            part.withUnsafeBytes { reader.read($0) { Self.enter($0, part, &seen) } }
        }
        return seen
    }

    private static func enter(_ event: AnswerReader.Event, _ part: [UInt8], _ seen: inout [Seen]) {
        switch event {
        case .status(let status): seen.append(.status(status))
        case .body(let range):
            let text = String(decoding: part[range], as: UTF8.self)
            if case .body(let before) = seen.last {
                seen[seen.count - 1] = .body(before + text)
            } else {
                seen.append(.body(text))
            }
        case .end: seen.append(.end)
        case .failure: seen.append(.failure)
        }
    }
}
