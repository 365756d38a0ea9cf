import AsyncHTTPClient
import NIOCore

/// HTTP streaming: one JSON object a line.
struct LinesSource: ServerSource {
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var rest = ByteBuffer()

    init(_ client: HalleyClient, _ topics: [String], cursor: String?) async throws {
        let request = client.subscribeRequest("/stream", topics, cursor: cursor)
        self.body = try await client.execute(request, timeout: nil).body.makeAsyncIterator()
    }

    mutating func next() async throws -> [ServerWord]? {
        guard let bytes = try await self.body.next() else { return nil }
        self.rest.writeImmutableBuffer(bytes)
        var words: [ServerWord] = []
        while let end = self.rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            let line = self.rest.readSlice(length: end - self.rest.readerIndex)!
            self.rest.moveReaderIndex(forwardBy: 1)
            if let word = ServerWord(object: line) { words.append(word) }
        }
        self.rest.discardReadBytes()
        return words
    }
}
