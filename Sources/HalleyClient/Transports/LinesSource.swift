import NIOCore

/// HTTP streaming: one JSON object a line.
struct LinesSource: ServerSource {
    private var parts: ServerParts.AsyncIterator
    private var lines: LineSplitter

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) {
        self.lines = LineSplitter(maximumLength: client.settings.maximumMessage)
        self.parts = client.open("/stream", topics, cursor: cursor, [], .body(type: "application/x-ndjson"))
    }

    mutating func next() async throws -> [ServerWord]? {
        switch try await self.parts.next() {
        case .data(let bytes): try self.lines.split(bytes).compactMap { ServerWord(object: $0) }
        case .opened, .closed: []
        case nil: nil
        }
    }
}

/// Takes text apart at its line ends as it arrives.
struct LineSplitter {
    private let maximumLength: Int
    /// What has no end yet.
    private var rest = ByteBuffer()

    init(maximumLength: Int) { self.maximumLength = maximumLength }

    /// - Returns: the lines that are whole now.
    mutating func split(_ bytes: ByteBuffer) throws(ClientError) -> [ByteBuffer] {
        var searched = self.rest.readableBytes
        self.rest.writeImmutableBuffer(bytes)
        var lines: [ByteBuffer] = []
        while let end = self.rest.readableBytesView.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(self.rest.readSlice(length: end - self.rest.readerIndex)!)
            self.rest.moveReaderIndex(forwardBy: 1)
            searched = 0
        }
        if self.rest.readableBytes > self.maximumLength { throw .unexpectedAnswer("The server's message is too long.") }
        self.rest.discardReadBytes()
        return lines
    }
}
