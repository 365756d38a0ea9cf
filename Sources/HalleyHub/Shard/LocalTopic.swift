/// A topic that subscribers of one loop have: its name is held once for all of them.
///
/// Known to the loop as long as there are any.
final class LocalTopic {
    /// So many cohorts are looked at one by one; beyond, a table of the shard's knows them.
    static let maximumScan = 8

    let topic: Topic
    /// The topic alone, for those who need a list.
    let list: [Topic]
    let slowReaders: SlowReaderPolicy
    var subscribers = 0
    /// Those with the topic among theirs, oldest first.
    private(set) var cohorts: [Cohort] = []

    init(_ topic: Topic, _ slowReaders: SlowReaderPolicy) {
        self.topic = topic
        self.list = [topic]
        self.slowReaders = slowReaders
    }

    var isUnused: Bool { self.subscribers == 0 && self.cohorts.isEmpty }

    func add(_ cohort: Cohort) { self.cohorts.append(cohort) }

    func remove(_ cohort: Cohort) {
        guard let index = self.cohorts.firstIndex(where: { $0 === cohort }) else { return }
        self.cohorts.remove(at: index)
    }

    /// The cohort of those who have no other topic, as far as that is seen at a glance.
    func cohort(in format: SharedFormat?) -> Cohort? {
        self.cohorts.prefix(Self.maximumScan).first { $0.isPlain && $0.format == format }
    }
}
