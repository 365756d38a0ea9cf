import HalleyHub
import NIOCore
import Testing

@testable import Halley

struct MultipartTests {
    /// With `B` for the boundary.
    private static func written(isRaw: Bool, _ publication: Publication) -> String {
        let wrapping = Multipart(framing: BodyFraming(isChunked: false), isRaw: isRaw, saysCursors: true)
        var buffer = ByteBuffer()
        wrapping.wrapPublication(publication, id: publication.id, into: &buffer)
        return String(buffer: buffer).split(separator: wrapping.boundary, omittingEmptySubsequences: false)
            .joined(separator: "B")
    }

    @Test func aRawPartBearsItsOwnTypeAndEndsWithTheBoundary() throws {
        let topic = try Topic("a b")
        let draft = try PublicationDraft(
            topics: [topic], content: .binary(ByteBuffer(string: "PNG"), type: "image/png"))
        let publication = Publication(sequence: 7, epoch: 1, time: 0, draft: draft)
        #expect(
            Self.written(isRaw: true, publication)
                == "Content-Type: image/png\r\nContent-Length: 3\r\nHalley-Id: 0000000000000001-7\r\n"
                + "Halley-Topic: a%20b\r\nHalley-Event: message\r\n\r\nPNG\r\n--B\r\n")
    }

    @Test func anEnvelopeIsJSONWithItsLength() throws {
        let draft = try PublicationDraft(topics: [try Topic("t")], content: .text("é"))
        let publication = Publication(sequence: 7, epoch: 1, time: 5, draft: draft)
        let envelope = #"{"id":"0000000000000001-7","topic":"t","event":"message","data":"é","time":5}"#
        #expect(
            Self.written(isRaw: false, publication)
                == "Content-Type: application/json\r\nContent-Length: \(envelope.utf8.count)\r\n\r\n\(envelope)\r\n"
                + "--B\r\n")
    }

    @Test func beginsWithABoundaryOfItsOwn() {
        let wrapping = Multipart(framing: BodyFraming(isChunked: true), isRaw: false, saysCursors: true)
        let line = "--\(wrapping.boundary)\r\n"
        #expect(String(buffer: wrapping.prelude()) == "\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n")
        let other = Multipart(framing: BodyFraming(isChunked: true), isRaw: false, saysCursors: true)
        #expect(wrapping.boundary != other.boundary && wrapping.identity != other.identity)
    }
}
