public import NIOCore

/// One message in the log: immutable, shared by every loop.
public final class Publication: Sendable {
    /// The next number of the one log.
    public let sequence: UInt64
    /// The incarnation of the log that gave the number.
    public let epoch: UInt64
    /// 1 to 16; the first is the one that its envelope names.
    public let topics: [Topic]
    public let event: EventName
    public let content: Content
    /// When the engine took it, in milliseconds since 1970.
    public let time: Int64
    /// Who is left out, live and replayed.
    package let excluding: Set<SubscriberID>?
    /// Whether it says that somebody has come to the topic, or left it: nobody is owed that.
    let isAnnouncement: Bool
    /// What it takes in memory, in bytes: data, names and an honest share of the bookkeeping.
    package let cost: Int

    package init(sequence: UInt64, epoch: UInt64, time: Int64, draft: PublicationDraft) {
        self.sequence = sequence
        self.epoch = epoch
        self.time = time
        self.topics = draft.topics
        self.event = draft.event
        self.content = draft.content
        self.excluding = draft.excluding.isEmpty ? nil : draft.excluding
        self.isAnnouncement = draft.isAnnouncement
        self.cost = draft.cost
    }

    public var topic: Topic { self.topics[0] }
    public var data: ByteBuffer { self.content.data }

    /// The cursor of a client that has seen everything up to this publication.
    public var id: Cursor { Cursor(epoch: self.epoch, sequence: self.sequence) }

    /// What it takes on the wire, about, in bytes.
    package var size: Int { self.content.data.readableBytes + Self.framing }
    package static let framing = 256

    func excludes(_ subscriber: SubscriberID) -> Bool { self.excluding?.contains(subscriber) ?? false }
}

extension Publication {
    /// What an object, its data's storage, its places in the log and a topic's own take, with what the allocator needs.
    package static let overhead = 512

    fileprivate static func cost(
        _ topics: [Topic], _ event: EventName, _ content: Content, _ excluding: Set<SubscriberID>
    ) -> Int {
        var cost = self.overhead + content.data.storageCapacity + self.cost(event.name)
        for topic in topics { cost += self.cost(topic.name) }
        if let type = content.type { cost += self.cost(type) }
        return cost + excluding.count * 2 * MemoryLayout<SubscriberID>.size
    }

    /// Short ones lie inline; others have a block of memory with a head.
    private static func cost(_ name: String) -> Int { name.utf8.count > 15 ? name.utf8.count + 48 : 0 }
}

/// A publication that has no position yet. What it holds is valid.
public struct PublicationDraft: Sendable {
    public static let maximumTopics = 16

    public let topics: [Topic]
    public let event: EventName
    public let content: Content
    public let excluding: Set<SubscriberID>
    let isAnnouncement: Bool
    /// See ``Publication/cost``: worked out here, and not under the engine's lock.
    let cost: Int

    /// - Parameters:
    ///   - topics: 1 to 16; one that is named twice counts once.
    ///   - excluding: subscribers that don't get it, neither live nor in replay.
    /// - Throws: ``DraftError`` when the number of topics is out of range.
    public init(
        topics: [Topic],
        event: EventName = .message,
        content: Content,
        excluding: Set<SubscriberID> = []
    ) throws(DraftError) {
        var unique: [Topic] = []
        for topic in topics where !unique.contains(topic) {
            if unique.count == Self.maximumTopics { throw .tooManyTopics(topics.count) }
            unique.append(topic)
        }
        if unique.isEmpty { throw .noTopic }
        self.topics = unique
        self.event = event
        self.content = content
        self.excluding = excluding
        self.isAnnouncement = false
        self.cost = Publication.cost(unique, event, content, excluding)
    }

    /// Says that somebody has come to the topic, or left it.
    init(announcing event: EventName, _ content: Content, in topic: Topic) {
        self.topics = [topic]
        self.event = event
        self.content = content
        self.excluding = []
        self.isAnnouncement = true
        self.cost = Publication.cost([topic], event, content, [])
    }
}

/// Why something can't be published.
public enum DraftError: Error, Equatable, Sendable, CustomStringConvertible {
    case noTopic
    case tooManyTopics(Int)

    public var description: String {
        switch self {
        case .noTopic: "A publication needs a topic."
        case .tooManyTopics(let count):
            "A publication may have \(PublicationDraft.maximumTopics) topics; this one has \(count)."
        }
    }
}

/// Names a subscriber, so that a publication can leave it out.
public struct SubscriberID: Hashable, Sendable {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    /// One that no other subscriber of this process has got from here; not hard to guess.
    public static func random() -> SubscriberID { SubscriberID(UniqueNumber.next()) }
}
