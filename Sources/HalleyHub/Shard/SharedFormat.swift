/// A wire format that subscribers hold in common, and its identity, which may be costly to say.
final class SharedFormat: Equatable {
    let format: any WireFormat
    let identity: String

    init(_ format: any WireFormat, _ identity: String) {
        self.format = format
        self.identity = identity
    }

    static func == (left: SharedFormat, right: SharedFormat) -> Bool {
        left === right || left.identity == right.identity
    }
}

/// The formats that were asked for lately: few for many connections, though some have one of their own.
struct SharedFormats {
    private static let maximumCount = 8

    private var formats: [SharedFormat] = []
    private var next = 0

    mutating func shared(_ format: any WireFormat) -> SharedFormat {
        let identity = format.identity
        for known in self.formats where known.identity == identity { return known }
        let new = SharedFormat(format, identity)
        if self.formats.count < Self.maximumCount {
            self.formats.append(new)
        } else {
            self.formats[self.next] = new
            self.next = (self.next + 1) % Self.maximumCount
        }
        return new
    }
}
