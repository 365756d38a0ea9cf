import NIOCore

/// Live subscribers that get the very same frames: those with the same topics and the same wire format. What a turn
/// brings is put together once for all of them, and each gets one write.
final class Cohort {
    struct Key: Hashable {
        /// Sorted.
        var topics: [Topic]
        var format: String?
        /// Set for one whose ids are its own, while a topic of it is late.
        var only: SubscriberID?
    }

    /// One write is at most about this long: a turn's worth is cut so that a slow reader is seen in between.
    static let maximumWrite = 256 << 10

    let key: Key
    let format: SharedFormat?
    /// Whether the shard's table has it; one of a single topic is mostly found by that.
    let isListed: Bool
    /// Its topic, where it has but one: so that it need not be looked up.
    let onlyTopic: LocalTopic?
    private(set) var members: ContiguousArray<Subscriber> = []
    /// Members that are slow and whose policy drops what comes meanwhile.
    private(set) var muted: ContiguousArray<Subscriber> = []
    private var pending: ContiguousArray<Publication> = []

    init(key: Key, format: SharedFormat?, isListed: Bool, only topic: LocalTopic? = nil) {
        self.key = key
        self.format = format
        self.isListed = isListed
        self.onlyTopic = topic
    }

    /// One topic, and nothing of a member's own.
    var isPlain: Bool { self.key.topics.count == 1 && self.key.only == nil }

    var isEmpty: Bool { self.members.isEmpty && self.muted.isEmpty }

    func add(_ subscriber: Subscriber) {
        subscriber.placeInCohort = Int32(self.members.count)
        self.members.append(subscriber)
    }

    func remove(_ subscriber: Subscriber) { Self.remove(subscriber, from: &self.members) }

    func mute(_ subscriber: Subscriber) {
        self.remove(subscriber)
        self.addMuted(subscriber)
    }

    func addMuted(_ subscriber: Subscriber) {
        subscriber.placeInCohort = Int32(self.muted.count)
        self.muted.append(subscriber)
    }

    func removeMuted(_ subscriber: Subscriber) { Self.remove(subscriber, from: &self.muted) }

    /// The last one takes its place.
    private static func remove(_ subscriber: Subscriber, from list: inout ContiguousArray<Subscriber>) {
        let place = Int(subscriber.placeInCohort)
        precondition(list[place] === subscriber)
        list.swapAt(place, list.count - 1)
        list[place].placeInCohort = Int32(place)
        list.removeLast()
    }

    /// - Returns: whether it is the first of the turn.
    func enqueue(_ publication: Publication) -> Bool {
        // Named by two of its topics, it still comes once.
        if self.pending.last?.sequence == publication.sequence { return false }
        self.pending.append(publication)
        return self.pending.count == 1
    }

    /// Hands the turn's publications to all members. A member may leave, or turn slow, at any write.
    func flush(_ cache: inout FrameCache) -> Int {
        let publications = self.pending
        self.pending.removeAll(keepingCapacity: publications.count <= 64)
        var deliveries = 0
        for part in Self.parts(of: publications) {
            // Also those that an earlier part has made slow.
            for subscriber in self.muted { subscriber.miss(part) }
            let members = self.members
            deliveries += members.count * part.count
            self.deliver(part, to: members, &cache)
        }
        return deliveries
    }

    private func deliver(
        _ part: ArraySlice<Publication>,
        to members: ContiguousArray<Subscriber>,
        _ cache: inout FrameCache
    ) {
        let excluding = part.contains { $0.excluding != nil }
        let shared =
            self.key.only == nil && !members.isEmpty
            ? DeliveryBatch(publications: part, frames: cache.frames(of: part, in: self.format), ids: nil) : nil
        for member in members where member.isLive(in: self) {
            if let shared, !(excluding && part.contains { $0.excludes(member.id) }) {
                member.receive(shared, through: shared.lastSequence)
            } else if let own = member.batch(of: part, &cache) {
                member.receive(own, through: part.last!.sequence)
            }
        }
    }

    static func parts(of publications: ContiguousArray<Publication>) -> [ArraySlice<Publication>] {
        let all = Array(publications)
        var parts: [ArraySlice<Publication>] = []
        var start = 0
        var bytes = 0
        for (index, publication) in all.enumerated() {
            bytes += publication.size
            if bytes >= self.maximumWrite || index == all.count - 1 {
                parts.append(all[start...index])
                start = index + 1
                bytes = 0
            }
        }
        return parts
    }
}
