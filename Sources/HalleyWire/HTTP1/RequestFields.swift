/// The fields of a request's header, in order, as they came: all bytes in one piece, and where in it each name and value lies.
///
/// Names are looked for in any case of ASCII's letters (RFC 9110 §5.1), given in lower case.
package struct RequestFields: Sendable {
    struct Place {
        var name: Range<Int32>
        var value: Range<Int32>
    }

    private let bytes: [UInt8]
    private let places: [Place]

    init(bytes: [UInt8], places: [Place]) {
        self.bytes = bytes
        self.places = places
    }

    /// As another protocol than HTTP/1 brings them.
    package init(_ fields: some Sequence<(name: String, value: String)>) {
        var bytes: [UInt8] = []
        var places: [Place] = []
        for field in fields {
            let start = Int32(bytes.count)
            bytes += field.name.utf8
            let middle = Int32(bytes.count)
            bytes += field.value.utf8
            places.append(Place(name: start..<middle, value: middle..<Int32(bytes.count)))
        }
        self.init(bytes: bytes, places: places)
    }

    package var count: Int { self.places.count }

    /// All of them, in order.
    package var all: [(name: String, value: String)] {
        self.places.map { (name: self.text($0.name), value: self.text($0.value)) }
    }

    /// The value of the first field of that name.
    package func first(_ name: StaticString) -> String? {
        self.index(name, from: 0).map { self.text(self.places[$0].value) }
    }

    /// The same, for a name that is written in any case.
    package func first(named name: String) -> String? {
        var name = name.lowercased()
        return name.withUTF8 { name in
            self.places.first { self.isEqual($0.name, name) }.map { self.text($0.value) }
        }
    }

    /// The values of all fields of that name.
    package func values(_ name: StaticString) -> [String] {
        var values: [String] = []
        var next = 0
        while let index = self.index(name, from: next) {
            values.append(self.text(self.places[index].value))
            next = index + 1
        }
        return values
    }

    /// Whether the list that the fields of that name make together has the member (RFC 9110 §5.3, §5.6.1).
    package func hasMember(_ name: StaticString, _ lowercased: String) -> Bool {
        var next = 0
        while let index = self.index(name, from: next) {
            if FieldList.hasMember(self.text(self.places[index].value), lowercased) { return true }
            next = index + 1
        }
        return false
    }

    private func index(_ name: StaticString, from start: Int) -> Int? {
        let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        for index in start..<max(start, self.places.count) where self.isEqual(self.places[index].name, name) {
            return index
        }
        return nil
    }

    private func isEqual(_ range: Range<Int32>, _ lowercased: UnsafeBufferPointer<UInt8>) -> Bool {
        guard range.count == lowercased.count else { return false }
        return self.bytes.withUnsafeBufferPointer { bytes in
            for offset in 0..<lowercased.count
            where FieldList.lowercased(bytes[Int(range.lowerBound) + offset]) != lowercased[offset] {
                return false
            }
            return true
        }
    }

    private func text(_ range: Range<Int32>) -> String {
        self.bytes.withUnsafeBufferPointer {
            String(
                decoding: UnsafeBufferPointer(rebasing: $0[Int(range.lowerBound)..<Int(range.upperBound)]),
                as: UTF8.self)
        }
    }
}
