/// The path and the query of a request (RFC 9112 §3.2).
struct RequestTarget: Sendable {
    struct Item: Sendable {
        var name: String
        /// `nil` where what came was not percent-encoded UTF-8.
        var value: String?
    }

    let path: String
    let items: [Item]

    /// Takes the origin form, and the absolute form of proxies.
    init(_ uri: String) {
        var rest = uri[...]
        if !rest.hasPrefix("/"), let scheme = rest.range(of: "://") {
            let afterAuthority = rest[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" }
            rest = afterAuthority.map { rest[$0...] } ?? "/"
        }
        let query = rest.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = rest[..<(query ?? rest.endIndex)]
        self.path = path.isEmpty ? "/" : String(path)
        self.items = query.map { Self.items(of: rest[rest.utf8.index(after: $0)...]) } ?? []
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

    private static func items(of query: Substring) -> [Item] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let value = equals < pair.endIndex ? pair[pair.index(after: equals)...] : pair[equals...]
            return Item(name: self.decode(pair[..<equals]) ?? "", value: self.decode(value))
        }
    }

    /// Percent-decodes, `+` as a space.
    private static func decode(_ text: Substring.UTF8View) -> String? {
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

    private static func hex(_ byte: UInt8?) -> UInt8? {
        guard let byte else { return nil }
        return Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}

extension Substring {
    fileprivate func range(of separator: String) -> Range<Index>? {
        var index = self.startIndex
        while index < self.endIndex {
            if self[index...].hasPrefix(separator) { return index..<self.index(index, offsetBy: separator.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
