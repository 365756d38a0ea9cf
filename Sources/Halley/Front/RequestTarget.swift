import NIOCore

/// The path and the query of a request (RFC 9112 §3.2).
struct RequestTarget: Sendable {
    struct Item: Sendable {
        var name: String
        /// `nil` where what came was not percent-encoded UTF-8.
        var value: String?

        var isEmpty: Bool { self.value == "" }
    }

    let path: String
    let items: [Item]

    /// Takes the origin form, and the absolute form of proxies.
    init(_ uri: String) {
        var uri = uri
        self = uri.withUTF8 { Self($0) }
    }

    private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    private init(_ uri: UnsafeBufferPointer<UInt8>) {
        let rest = uri.first == UInt8(ascii: "/") ? uri[...] : Self.withoutAuthority(uri[...])
        let path = rest.prefix { $0 != UInt8(ascii: "?") }
        self.path = path.isEmpty ? "/" : Self.text(path)
        self.items = path.endIndex < rest.endIndex ? Self.items(of: rest[(path.endIndex + 1)...]) : []
    }

    /// What follows the authority of the absolute form; all of another form.
    private static func withoutAuthority(_ uri: Bytes) -> Bytes {
        let separator = "://".utf8
        guard let scheme = uri.indices.first(where: { uri[$0...].starts(with: separator) }) else { return uri }
        return uri[(scheme + separator.count)...].drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    }

    private init(path: String, items: [Item]) {
        self.path = path
        self.items = items
    }

    /// The items of a form (WHATWG URL §5.1); they are written as those of a query.
    /// - Parameter form: valid UTF-8.
    static func items(ofForm form: ByteBuffer) -> [Item] {
        form.withUnsafeReadableBytes { bytes in self.items(of: bytes.bindMemory(to: UInt8.self)[...]) }
    }

    /// With items that came in the body. Topics are added; another item that is in both places must be the same in both, where
    /// an empty one counts as none.
    func adding(_ posted: [Item]) throws(RequestError) -> RequestTarget {
        let own = Dictionary(grouping: self.items, by: \.name)
        let other = Dictionary(grouping: posted, by: \.name)
        var dropped: Set<String> = []
        for (name, items) in own where name != "topic" {
            guard let others = other[name] else { continue }
            if items.allSatisfy(\.isEmpty) {
                dropped.insert(name)
            } else if !others.allSatisfy(\.isEmpty), items.map(\.value) != others.map(\.value) {
                throw .badParameter(name, "is one thing in the address and another in the body; give it once.")
            }
        }
        let kept = self.items.filter { !dropped.contains($0.name) }
        let added = posted.filter { $0.name == "topic" || own[$0.name] == nil || dropped.contains($0.name) }
        return RequestTarget(path: self.path, items: kept + added)
    }

    /// The values of all items of that name.
    func values(_ name: String) -> [String?] { self.items.lazy.filter { $0.name == name }.map(\.value) }

    /// The one value of an item.
    func value(_ name: String) throws(RequestError) -> String? {
        guard let item = self.items.first(where: { $0.name == name }) else { return nil }
        guard let value = item.value else { throw .badParameter(name, "is not percent-encoded UTF-8.") }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(RequestError) -> Int {
        guard let text = try self.value(name) else { return fallback }
        // `Int` takes a sign, which is no part of a whole number here.
        guard text.utf8.first.map({ 0x30...0x39 ~= $0 }) == true, let number = Int(text), range.contains(number) else {
            throw .badParameter(
                name, "must be a whole number from \(range.lowerBound) to \(range.upperBound), not “\(text)”.")
        }
        return number
    }

    private static func items(of query: Bytes) -> [Item] {
        var items: [Item] = []
        var rest = query
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[min(pair.endIndex + 1, rest.endIndex)...]
            if pair.isEmpty { continue }
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            items.append(Item(name: self.decode(name) ?? "", value: self.decode(pair[name.endIndex...].dropFirst())))
        }
        return items
    }

    /// Percent-decodes, `+` as a space.
    private static func decode(_ text: Bytes) -> String? {
        if !text.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) { return self.text(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = self.hex(iterator.next()), let low = self.hex(iterator.next()) else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Cut at ASCII, a part of a string is as well-formed as the whole.
    private static func text(_ bytes: Bytes) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes), as: UTF8.self)
    }

    private static func hex(_ digit: UInt8?) -> UInt8? {
        switch digit {
        case let digit? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit): digit - UInt8(ascii: "0")
        case let digit? where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit | 0x20): (digit | 0x20) - 87
        default: nil
        }
    }
}
