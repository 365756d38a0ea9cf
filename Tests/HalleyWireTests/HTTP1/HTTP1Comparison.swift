import Foundation
import NIOHTTP1

@testable import HalleyWire

/// Of our parser and NIO's decoder, on the same bytes.
struct HTTP1Comparison {
    /// What is other than it should be.
    private(set) var difference: String?
    private(set) var known: Set<KnownDifference> = []
    /// How many whole requests both have taken.
    private(set) var count = 0

    private let ours: ParsedRequests
    private let theirs: NIORequests
    private let bytes: [UInt8]

    init(_ ours: ParsedRequests, _ bytes: [UInt8]) {
        self.ours = ours
        self.bytes = bytes
        self.theirs = NIORequests(bytes, ends: ours.ends)
        for index in ours.requests.indices {
            guard self.isComparable(index) else { return }
            self.difference = self.difference(index)
            if self.difference != nil { return }
            if !ours.requests[index].isPartial { self.count += 1 }
            if self.stops(behind: index) { return }
        }
    }

    /// Whether NIO can be expected to take it.
    private mutating func isComparable(_ index: Int) -> Bool {
        let request = self.ours.requests[index]
        // What failed in the end, in one of the two, was not taken.
        if request.isPartial, self.ours.failure != nil || self.theirs.hasFailed { return false }
        guard self.theirs.requests.count <= index || (self.theirs.hasFailed && self.theirs.requests[index].isPartial)
        else { return true }
        var reasons: Set<KnownDifference> = []
        if !KnownDifference.hasMethod(request.method) { reasons.insert(.method) }
        if self.hasTabBehindLength(index) { reasons.insert(.tabBehindLength) }
        if self.hasTabBehindCoding(index) { reasons.insert(.tabBehindCoding) }
        if request.method == "CONNECT", !Self.isAuthority(request.target) { reasons.insert(.connectTarget) }
        if self.hasFieldInTrailers(index) { reasons.insert(.trailers) }
        self.known.formUnion(reasons)
        return reasons.isEmpty
    }

    private mutating func difference(_ index: Int) -> String? {
        let request = self.ours.requests[index]
        guard index < self.theirs.requests.count else { return "NIO does not take request \(index): \(request)" }
        if self.theirs.requests[index] != request { return "\(self.theirs.requests[index]) in place of \(request)" }
        if self.theirs.wrongEnd == index { return "NIO says that request \(index) ends elsewhere: \(request)" }
        if self.ours.persists[index] != self.theirs.persists[index], request.method != "CONNECT" {
            guard let reason = self.reasonToStay(index) else {
                return "NIO says otherwise whether the connection stays: \(request)"
            }
            self.known.insert(reason)
        }
        return nil
    }

    /// Why NIO says otherwise whether the connection stays.
    private func reasonToStay(_ index: Int) -> KnownDifference? {
        if self.has(index, "proxy-connection=") { return .proxyConnection }
        if self.ours.requests[index].minorVersion == 0, self.has(index, "connection=", "keep-alive"),
            self.has(index, "connection=", "close")
        {
            return .closeOfOldClient
        }
        let hasTab = self.lines(of: index).contains { $0.hasPrefix("connection:") && $0.contains("\t") }
        return hasTab ? .tabBehindOption : nil
    }

    /// Whether NIO reads no further behind a request, so that what follows can't be compared.
    private mutating func stops(behind index: Int) -> Bool {
        var reasons: Set<KnownDifference> = []
        if self.ours.requests[index].method == "CONNECT" { reasons.insert(.tunnel) }
        if self.has(index, "upgrade=") {
            if self.has(index, "connection=", "upgrade") { reasons.insert(.upgrade) }
            if self.has(index, "proxy-connection=", "upgrade") { reasons.insert(.proxyConnection) }
        }
        if !self.theirs.persists[index] { reasons.insert(self.ours.persists[index] ? .proxyConnection : .close) }
        if self.hasFieldInTrailers(index) { reasons.insert(.trailers) }
        self.known.formUnion(reasons)
        return !reasons.isEmpty
    }

    private func has(_ index: Int, _ name: String, _ part: String = "") -> Bool {
        self.ours.requests[index].fields.contains { field in
            let field = field.lowercased()
            return field.hasPrefix(name) && (part.isEmpty || field.dropFirst(name.count).contains(part))
        }
    }

    private func hasTabBehindLength(_ index: Int) -> Bool {
        self.lines(of: index).contains { line in
            guard line.hasPrefix("content-length:"), let digit = line.lastIndex(where: { $0.isNumber }) else {
                return false
            }
            return line[digit...].contains("\t")
        }
    }

    private func hasTabBehindCoding(_ index: Int) -> Bool {
        self.lines(of: index).contains { line in
            guard line.hasPrefix("transfer-encoding:"), let end = line.range(of: "chunked", options: .backwards) else {
                return false
            }
            return line[end.upperBound...].contains("\t")
        }
    }

    /// A host and a port, as a CONNECT should name them (RFC 9112 §3.2.3).
    private static func isAuthority(_ target: String) -> Bool {
        guard let colon = target.utf8.lastIndex(of: UInt8(ascii: ":")), colon > target.startIndex else { return false }
        let port = target.utf8[target.utf8.index(after: colon)...]
        return !port.isEmpty && port.allSatisfy { HTTP1Byte.isDigit($0) }
            && target.utf8[..<colon].allSatisfy { HTTP1Byte.isToken($0) || "[]:".utf8.contains($0) }
    }

    /// Whether trailers have a field that llhttp takes for one of the head.
    private func hasFieldInTrailers(_ index: Int) -> Bool {
        let lines = self.lines(of: index)
        guard let end = lines.dropFirst(lines.prefix { $0 == "\r" }.count).firstIndex(of: "\r") else { return false }
        return lines[end...].contains { line in
            ["content-length", "transfer-encoding", "connection", "proxy-connection", "upgrade"].contains {
                line.hasPrefix($0 + ":")
            }
        }
    }

    private func lines(of index: Int) -> [String] {
        let start = index == 0 ? 0 : self.ours.ends[index - 1]
        let end = index < self.ours.ends.count ? self.ours.ends[index] : self.bytes.count
        return self.bytes[start..<end].split(separator: 0x0a, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self).lowercased()
        }
    }
}
