package import NIOCore

/// The seam between a subscriber and its connection: lives on the subscriber's loop.
package protocol SubscriberOutlet: AnyObject {
    /// Whether less is waiting than the connection's limit.
    var isWritable: Bool { get }

    /// Hands over and flushes.
    func deliver(_ batch: DeliveryBatch)

    func notify(_ notice: Notice)

    /// The hub is done with this connection.
    func end(_ reason: CloseReason)

    /// A live connection may have its whole limit waiting; one that catches up no more than about a page, as it reads on
    /// by itself.
    func paceChanged(isLive: Bool)
}

extension SubscriberOutlet {
    package func paceChanged(isLive: Bool) {}
}

/// What a client is told besides publications.
package enum Notice: Sendable, Equatable {
    /// Where it begins: the client's own cursor, else the position of its attachment. Before all else, save gaps of a
    /// client that came with several cursors.
    case hello(Cursor)
    /// `id` is the position just before the publication that follows.
    case gap(Gap, id: Cursor)
    /// Topics have joined; from here on ids stand for them too.
    case joined([Topic], id: Cursor)
    /// Topics that joined late have caught up.
    case caughtUp([Topic], id: Cursor)
}

/// Some publications in a row, encoded where the subscriber has a wire format.
package struct DeliveryBatch {
    package let publications: ArraySlice<Publication>
    /// All frames in one buffer.
    package let frames: ByteBuffer
    /// One cursor for each publication where they differ from the publications' own ids.
    package let ids: [Cursor]?

    package func id(at index: Int) -> Cursor {
        self.ids?[index] ?? self.publications[self.publications.startIndex + index].id
    }

    package var lastSequence: UInt64 { self.publications.last?.sequence ?? 0 }
}

/// Where a subscriber begins in one topic.
public enum StartPoint: Sendable, Equatable {
    case now
    /// With all that is held.
    case earliest
    /// With the newest N held.
    case last(Int)
    case after(Cursor)
    /// What came as a cursor was none: a gap, then all that is held.
    case malformed(String)
    /// As ``after(_:)``, for who may not read history: only what is younger than so many milliseconds; what is older, and
    /// what a cursor of another log or of the future stands for, is a gap.
    case resuming(Cursor, within: Int64)
    /// A gap after what was given, then from now on.
    case refused(Gap.Reason, given: String)

    var isNow: Bool { if case .now = self { true } else { false } }

    /// The cursor that it goes on from, if any.
    var cursor: Cursor? {
        switch self {
        case .after(let cursor), .resuming(let cursor, within: _): cursor
        case .now, .earliest, .last, .malformed, .refused: nil
        }
    }
}
