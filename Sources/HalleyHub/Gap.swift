/// The notice that publications after a cursor can't be had any more.
public struct Gap: Sendable, Equatable {
    public enum Reason: String, Sendable, CaseIterable {
        /// The history no longer reaches back to the cursor.
        case evicted
        /// The cursor is of another incarnation of the log.
        case epoch
        /// The cursor is beyond the newest publication.
        case future
        /// What came as a cursor was none.
        case malformed
        /// The client read too slowly, and its topics' rule lets publications be left out.
        case skipped
        /// Who may only subscribe asked for history, or came back later than its topic's rule lets it go on
        /// (``TopicRule/resume``).
        case forbidden
    }

    /// Sorted by name.
    public let topics: [Topic]
    /// The cursor that the client gave, or stood at.
    public let after: String
    public let reason: Reason

    package init(topics: [Topic], after: String, reason: Reason) {
        self.topics = topics.sorted()
        self.after = after
        self.reason = reason
    }
}
