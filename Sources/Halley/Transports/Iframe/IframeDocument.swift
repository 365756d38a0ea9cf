import HalleyHub
import HalleyWire
import NIOCore

/// The document of a forever iframe.
struct IframeDocument: ObjectWrapping {
    enum Call {
        case function(CallbackName)
        /// To the parent, where it is of this origin.
        case postMessage(String)
    }

    /// Browsers begin to run scripts after about so much.
    private static let padding = 1536

    let framing: BodyFraming
    let call: Call
    /// Only scripts with it run (CSP Level 3 §2.3.1): its own for each document, so that no page can know it.
    let nonce: String

    init(framing: BodyFraming, call: Call) {
        self.framing = framing
        self.call = call
        self.nonce = Base64.encode((0..<18).map { _ in UInt8.random(in: .min ... .max) })
    }

    var identity: String { "iframe " + self.nonce }

    func prelude() -> ByteBuffer {
        var buffer = ByteBuffer()
        self.framing.write(into: &buffer) { body in
            body.writeStaticString(
                "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Halley</title></head><body>\n<!--")
            body.writeRepeatingByte(UInt8(ascii: " "), count: Self.padding)
            body.writeStaticString("-->\n")
        }
        return buffer
    }

    func wrapPublication(_ publication: Publication, id: Cursor, into buffer: inout ByteBuffer) {
        var envelope = ByteBuffer()
        envelope.writeEnvelope(publication, id: id)
        self.script(envelope, into: &buffer)
    }

    func wrapNotice(_ name: StaticString, _ object: ByteBuffer, into buffer: inout ByteBuffer) {
        self.script(object, into: &buffer)
    }

    func wrapEnd(_ object: ByteBuffer, into buffer: inout ByteBuffer) {
        self.script(object, into: &buffer)
        buffer.writeStaticString("</body></html>\n")
    }

    private func script(_ object: ByteBuffer, into buffer: inout ByteBuffer) {
        buffer.writeString("<script nonce=\"\(self.nonce)\">")
        switch self.call {
        case .function(let name): buffer.writeString("\(name.text)(")
        case .postMessage: buffer.writeStaticString("parent.postMessage(")
        }
        buffer.writeScriptJSON(object)
        if case .postMessage(let origin) = self.call { buffer.writeString(",\"\(origin)\"") }
        buffer.writeStaticString(");</script>\n")
    }
}
