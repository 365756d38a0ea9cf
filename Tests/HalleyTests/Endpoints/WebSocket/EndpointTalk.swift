import NIOCore
import NIOEmbedded
import Testing

@testable import Halley

/// What a client says to an endpoint, and connections that have been opened.
enum EndpointTalk {
    static func request(_ path: String = "/echo", _ headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(headers)\r\n"
    }

    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [first, 0x80 | UInt8(payload.count), 0, 0, 0, 0] + payload
    }

    static func text(_ text: String) -> [UInt8] { self.frame(0x81, Array(text.utf8)) }

    static func echo(_ change: (inout WebSocketSettings) -> Void = { _ in }) async throws -> TestConnection {
        var settings = WebSocketSettings()
        change(&settings)
        return try await self.open(settings) { socket in
            for try await message in socket.messages { try await socket.send(message) }
        }
    }

    static func open(
        _ settings: WebSocketSettings = WebSocketSettings(),
        configure: (inout ServerConfiguration) -> Void = { _ in },
        serve: @escaping WebSocketServeHook
    ) async throws -> TestConnection {
        let connection = try await TestConnection {
            configure(&$0)
            $0.webSocket("/echo", settings: settings) { socket in
                // Not before the answer to the handshake was looked at.
                var messages = socket.messages.makeAsyncIterator()
                _ = try await messages.next()
                try await serve(socket)
            }
        }
        try await connection.send(self.request())
        #expect(try await connection.replies().map(\.status) == [101])
        try await connection.send(self.text("go"))
        return connection
    }

    /// Waits until as many bytes have been written.
    static func await(_ count: Int, from connection: TestConnection) async throws -> [UInt8] {
        var bytes = try await connection.received()
        while bytes.count < count {
            let more = try await connection.channel.waitForOutboundWrite(as: ByteBuffer.self)
            bytes += more.readableBytesView
        }
        return bytes
    }
}
