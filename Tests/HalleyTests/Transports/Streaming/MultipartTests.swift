import HalleyHub
import NIOCore
import Testing

@testable import Halley

struct MultipartTests {
    private static let boundary = Multipart.boundary

    private static func written(isRaw: Bool, _ publication: Publication) -> String {
        let wrapping = Multipart(framing: BodyFraming(isChunked: false), isRaw: isRaw, saysCursors: true)
        var buffer = ByteBuffer()
        wrapping.wrapPublication(publication, id: publication.id, into: &buffer)
        return String(buffer: buffer)
    }

    @Test func aRawPartBearsItsOwnTypeAndEndsWithTheBoundary() throws {
        let topic = try Topic("a b")
        let draft = try PublicationDraft(topics: [topic], content: .binary(ByteBuffer(string: "PNG"), type: "image/png"))
        let publication = Publication(sequence: 7, epoch: 1, time: 0, draft: draft)
        #expect(
            Self.written(isRaw: true, publication)
                == "Content-Type: image/png\r\nContent-Length: 3\r\nHalley-Id: 0000000000000001-7\r\n"
                + "Halley-Topic: a%20b\r\nHalley-Event: message\r\n\r\nPNG\r\n--\(Self.boundary)\r\n")
    }

    @Test func anEnvelopeIsJSONWithItsLength() throws {
        let draft = try PublicationDraft(topics: [try Topic("t")], content: .text("é"))
        let publication = Publication(sequence: 7, epoch: 1, time: 5, draft: draft)
        let envelope = #"{"id":"0000000000000001-7","topic":"t","event":"message","data":"é","time":5}"#
        #expect(
            Self.written(isRaw: false, publication)
                == "Content-Type: application/json\r\nContent-Length: \(envelope.utf8.count)\r\n\r\n\(envelope)\r\n"
                + "--\(Self.boundary)\r\n")
    }

    @Test func beginsWithABoundary() {
        let wrapping = Multipart(framing: BodyFraming(isChunked: true), isRaw: false, saysCursors: true)
        let line = "--\(Self.boundary)\r\n"
        #expect(String(buffer: wrapping.prelude()) == "\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n")
    }
}
