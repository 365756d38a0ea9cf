import NIOCore
import NIOEmbedded
import NIOHTTP1

/// What NIO's decoder says of some bytes.
struct NIORequests {
    typealias Whole = ParsedRequests.Whole

    private(set) var requests: [Whole] = []
    /// Whether the connection stays after each request.
    private(set) var persists: [Bool] = []
    private(set) var hasFailed = false
    /// The first place at which it saw the end of a request sooner or later than it was said to be.
    private(set) var wrongEnd: Int?
    private let channel = EmbeddedChannel()

    /// - Parameter ends: where requests are said to end, counted from the first byte.
    init(_ bytes: [UInt8], ends: [Int] = []) {
        try? self.channel.pipeline.syncOperations.addHandler(
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)))
        var start = 0
        for (index, end) in ends.enumerated() {
            self.feed(bytes[start..<end - 1])
            let isEarly = self.whole > index
            self.feed(bytes[end - 1..<end])
            if self.wrongEnd == nil, isEarly || self.whole != index + 1 { self.wrongEnd = index }
            start = end
        }
        self.feed(bytes[start...])
        do {
            _ = try self.channel.finish(acceptAlreadyClosed: true)
        } catch {
            // It says only that the bytes have ended inside of a request.
        }
    }

    private var whole: Int { self.requests.count - (self.requests.last?.isPartial == true ? 1 : 0) }

    private mutating func feed(_ bytes: ArraySlice<UInt8>) {
        if bytes.isEmpty { return }
        do {
            _ = try self.channel.writeInbound(ByteBuffer(bytes: bytes))
        } catch {
            self.hasFailed = true
        }
        while let part = try? self.channel.readInbound(as: HTTPServerRequestPart.self) { self.take(part) }
    }

    private mutating func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            self.persists.append(head.isKeepAlive)
            self.requests.append(
                Whole(
                    method: KnownDifference.name(of: head.method), target: head.uri, minorVersion: head.version.minor,
                    fields: head.headers.map { "\($0.name)=\(KnownDifference.withoutSpaceBehind($0.value))" }, body: [],
                    isPartial: true))
        case .body(let part): self.requests[self.requests.count - 1].body += part.readableBytesView
        case .end: self.requests[self.requests.count - 1].isPartial = false
        }
    }
}
