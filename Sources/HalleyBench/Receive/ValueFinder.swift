/// Finds the value that stands between a prefix and a byte in text that comes in pieces; the last one wins.
///
/// It finds the id of an event (`id: …`, line feed) and the cursor of a polled answer (`"cursor":"…"`).
package struct ValueFinder {
    private static let longest = 1024

    private let prefix: [UInt8]
    private let end: UInt8
    private var text: [UInt8] = []

    package init(after prefix: String, until end: UInt8) {
        self.prefix = Array(prefix.utf8)
        self.end = end
    }

    /// The last value of these bytes.
    package mutating func find(_ bytes: some Sequence<UInt8>) -> String? {
        self.text += bytes
        var value: String?
        while let start = self.start() {
            guard let stop = self.text[start...].firstIndex(of: self.end) else { break }
            value = String(decoding: self.text[start..<stop], as: UTF8.self)
            self.text.removeFirst(stop + 1)
        }
        if self.text.count > Self.longest { self.text.removeFirst(self.text.count - Self.longest) }
        return value
    }

    package mutating func reset() { self.text.removeAll(keepingCapacity: true) }

    private func start() -> Int? {
        guard self.text.count >= self.prefix.count else { return nil }
        for index in 0...self.text.count - self.prefix.count
        where self.text[index..<index + self.prefix.count].elementsEqual(self.prefix) {
            return index + self.prefix.count
        }
        return nil
    }
}
