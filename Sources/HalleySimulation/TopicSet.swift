/// Some of a run's topics, by their numbers: small and ordered, so that a run takes the same course in every process.
struct TopicSet: Sequence, Equatable {
    static let maximumTopics = 32

    private(set) var bits: UInt32

    init(bits: UInt32 = 0) { self.bits = bits }

    init(_ numbers: some Sequence<Int>) {
        self.init()
        for number in numbers { self.insert(number) }
    }

    var isEmpty: Bool { self.bits == 0 }
    var count: Int { self.bits.nonzeroBitCount }

    func contains(_ number: Int) -> Bool { self.bits & (1 << UInt32(number)) != 0 }
    func intersects(_ other: TopicSet) -> Bool { self.bits & other.bits != 0 }
    func isSubset(of other: TopicSet) -> Bool { self.bits & ~other.bits == 0 }

    mutating func insert(_ number: Int) { self.bits |= 1 << UInt32(number) }
    mutating func remove(_ number: Int) { self.bits &= ~(1 << UInt32(number)) }

    static func & (left: TopicSet, right: TopicSet) -> TopicSet { TopicSet(bits: left.bits & right.bits) }
    static func | (left: TopicSet, right: TopicSet) -> TopicSet { TopicSet(bits: left.bits | right.bits) }
    static func - (left: TopicSet, right: TopicSet) -> TopicSet { TopicSet(bits: left.bits & ~right.bits) }

    struct Iterator: IteratorProtocol {
        var bits: UInt32

        mutating func next() -> Int? {
            if self.bits == 0 { return nil }
            defer { self.bits &= self.bits - 1 }
            return self.bits.trailingZeroBitCount
        }
    }

    func makeIterator() -> Iterator { Iterator(bits: self.bits) }
}
