import HalleyHub

/// What a client asked for in one topic, until it is told where the topic begins.
struct Starting {
    enum Point {
        case now
        case earliest
        case last(Int)
        /// - isOwn: the cursor that it has come to with this topic, so that nothing comes twice.
        case after(UInt64, isOwn: Bool)
        /// To be told in any case.
        case gap(Gap.Reason)
    }

    var point: Point
    /// The cursor that it gave.
    var given: String
    /// It can't begin before this: what held when it asked.
    var lowest: UInt64
    /// The log's newest when it asked.
    var newest: UInt64
    var told: Gap?
    /// What the cursor says to have been brought by the topic lies after this.
    var broughtAfter: UInt64?
}
