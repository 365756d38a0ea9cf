import NIOCore
import Testing

@testable import HalleyClient

struct ServerWordTests {
    private static func word(_ text: String) -> ServerWord? { ServerWord(object: ByteBuffer(string: text)) }

    @Test func readsAnEnvelope() throws {
        let text = #"{"id":"e-1","topic":"t","event":"goal","data":{"a":[1]},"time":12}"#
        guard case .publication(let publication)? = Self.word(text) else { throw Unexpected() }
        #expect(publication.id == "e-1" && publication.topic == "t" && publication.event == "goal")
        #expect(String(buffer: publication.data) == #"{"a":[1]}"# && publication.time == 12)
        #expect(publication.envelope == text)
    }

    @Test(arguments: [
        (#"{"id":"e-1","topic":"t","event":"message","data":"a\nb","time":1}"#, "a\nb"),
        (#"{"id":"e-1","topic":"t","event":"message","data":"aGk=","encoding":"base64","time":1}"#, "hi"),
        (#"{"id":"e-1","topic":"t","event":"message","data":"x","type":"application/json","time":1}"#, #""x""#),
        (#"{"id":"e-1","topic":"t","event":"message","data":null,"time":1}"#, "null"),
    ])
    func givesTheBareData(_ text: String, _ data: String) throws {
        guard case .publication(let publication)? = Self.word(text) else { throw Unexpected() }
        #expect(String(buffer: publication.data) == data)
    }

    @Test func readsNotices() throws {
        guard case .cursor("e-2")? = Self.word(#"{"hello":{"cursor":"e-2"}}"#) else { throw Unexpected() }
        guard case .cursor("e-3")? = Self.word(#"{"cursor":"e-3"}"#) else { throw Unexpected() }
        guard case .end(let end)? = Self.word(#"{"end":{"code":4001,"reason":"x","retry":1234}}"#) else {
            throw Unexpected()
        }
        #expect(end.code == 4001 && end.reason == "x" && end.retry == RetryTime(milliseconds: 1234))
        let gap = #"{"gap":{"topics":["a","b"],"after":"e-1","reason":"evicted"},"id":"e-9"}"#
        guard case .gap(let received, id: "e-9")? = Self.word(gap) else { throw Unexpected() }
        #expect(received.topics == ["a", "b"] && received.after == "e-1" && received.reason == "evicted")
    }

    @Test(arguments: ["", "[]", "{}", "x", #"{"end":{}}"#]) func passesOverWhatItDoesNotKnow(_ text: String) {
        if Self.word(text) != nil { Issue.record("taken for a word: \(text)") }
    }

    private struct Unexpected: Error {}
}
