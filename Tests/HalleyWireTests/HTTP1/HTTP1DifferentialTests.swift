import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HalleyWire

/// Whatever our parser takes, NIO's decoder takes with the same meaning. `HALLEY_DIFFERENTIAL_RUNS` runs it for longer,
/// `HALLEY_SEED` begins elsewhere.
@Suite struct HTTP1DifferentialTests {
    typealias Whole = ParsedRequests.Whole

    private static let runs = Int(ProcessInfo.processInfo.environment["HALLEY_DIFFERENTIAL_RUNS"] ?? "") ?? 10_000
    private static let seed = UInt64(ProcessInfo.processInfo.environment["HALLEY_SEED"] ?? "") ?? 1

    @Test func agreesWithNIO() {
        var taken = 0
        for run in 0..<Self.runs {
            var generator = RequestGenerator(seed: Self.seed &+ UInt64(run))
            let bytes = generator.next()
            let ours = ParsedRequests(generator.pieces(of: bytes)).requests.filter { !$0.isPartial }
            if !ours.isEmpty { taken += 1 }
            let difference = Self.difference(ours, bytes)
            #expect(
                difference == nil,
                "seed \(Self.seed &+ UInt64(run)): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            if difference != nil { return }
        }
        // Else nothing would have been compared.
        #expect(taken * 10 > Self.runs * 3)
    }

    private static func difference(_ ours: [Whole], _ bytes: [UInt8]) -> String? {
        let theirs = Self.decode(bytes)
        for (index, request) in ours.enumerated() {
            // llhttp knows a list of methods. Ours takes every token: who answers says which it takes (RFC 9110 §9.1).
            if case .RAW = HTTPMethod(rawValue: request.method) { return nil }
            // To NIO it is another spelling of M-SEARCH, to llhttp nothing.
            if request.method == "MSEARCH" { return nil }
            if index >= theirs.count, Self.hasTabBehindLength(bytes) { return nil }
            guard index < theirs.count else { return "NIO does not take request \(index): \(request)" }
            if theirs[index] != request { return "\(theirs[index]) in place of \(request)" }
            if Self.stopsNIO(request) { return nil }
        }
        return nil
    }

    /// Behind such a request llhttp, which NIO decodes with, reads no further: it expects another protocol, whether it is taken
    /// or not, and knows `Proxy-Connection`, which is no field of HTTP's. So what follows can't be compared.
    private static func stopsNIO(_ request: Whole) -> Bool {
        let names = request.fields.map { $0.lowercased() }
        let connections = names.filter { $0.hasPrefix("connection=") || $0.hasPrefix("proxy-connection=") }
        return request.method == "CONNECT" || connections.contains { $0.contains("upgrade") || $0.contains("close") }
            || (request.minorVersion == 0 && !connections.contains { $0.contains("keep-alive") })
            || names.contains { $0.hasPrefix("upgrade=") }
    }

    /// llhttp takes a space behind the number, but no tab; both are white space that is no part of a value (RFC 9112 §5.1).
    private static func hasTabBehindLength(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: 10).contains { line in
            let text = String(decoding: line, as: UTF8.self).lowercased()
            return text.hasPrefix("content-length:") && text.dropFirst(15).contains("\t")
        }
    }

    /// NIO leaves some of the white space behind a value, which is no part of it (RFC 9112 §5.1).
    private static func trimmed(_ value: String) -> String {
        var value = value[...]
        while let last = value.utf8.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
        return String(value)
    }

    private static func decode(_ bytes: [UInt8]) -> [Whole] {
        let channel = EmbeddedChannel()
        try? channel.pipeline.syncOperations.addHandler(
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)))
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        var requests: [Whole] = []
        var isWhole = true
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                isWhole = false
                requests.append(
                    Whole(
                        method: head.method.rawValue, target: head.uri, minorVersion: head.version.minor,
                        fields: head.headers.map { "\($0.name)=\(Self.trimmed($0.value))" }, body: []))
            case .body(let part): requests[requests.count - 1].body += part.readableBytesView
            case .end: isWhole = true
            }
        }
        if !isWhole { requests.removeLast() }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return requests
    }
}
