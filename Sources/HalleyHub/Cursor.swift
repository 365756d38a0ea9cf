/// A place in the log: what a client has seen. To clients it is an opaque string of at most 512 bytes.
///
/// It says that everything up to `sequence` was seen, except for topics with a mark of their own:
/// - a *start* mark at `s`: nothing of the topic up to `s` is owed (it was given a later cursor than the others);
/// - a *late* mark at `s`: the topic has joined late and has been seen only up to `s`.
public struct Cursor: Sendable, Hashable {
    package struct Mark: Sendable, Hashable {
        package enum Kind: Sendable { case start, late }
        package var topic: UInt64
        package var kind: Kind
        package var sequence: UInt64
    }

    /// What is known of the topics without a mark while others are late.
    package struct Cover: Sendable, Hashable {
        /// Stands for the set of all topics that are not late, whatever their order: another set knows nothing.
        package var topics: UInt64
        /// Publications after this sequence have been handed over through any of them.
        package var start: UInt64

        package static func fingerprint(of topics: some Sequence<Topic>) -> UInt64 {
            topics.reduce(0) { $0 ^ ($1.fingerprint &* 0x9e37_79b9_7f4a_7c15) } & 0xffff_ffff
        }
    }

    public static let maximumLength = 512
    /// As many as fit into 512 bytes whatever their numbers.
    package static let maximumMarks = 14

    public let epoch: UInt64
    public let sequence: UInt64
    package let marks: [Mark]
    /// With late marks: what the other topics have brought already.
    package let cover: Cover?

    public init(epoch: UInt64, sequence: UInt64) {
        self.init(epoch: epoch, sequence: sequence, marks: [], cover: nil)
    }

    package init(epoch: UInt64, sequence: UInt64, marks: [Mark], cover: Cover?) {
        self.epoch = epoch
        self.sequence = sequence
        self.marks = marks
        self.cover = cover
    }

    package func mark(for topic: Topic) -> Mark? {
        if self.marks.isEmpty { return nil }
        let fingerprint = topic.fingerprint
        return self.marks.first { $0.topic == fingerprint }
    }

    package var hasLateMarks: Bool { self.marks.contains { $0.kind == .late } }
}
