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
    /// Those with the topic among theirs.
    private(set) var cohorts: [Cohort] = []
    /// Where those are that are not among the first: each client may have a cohort of its own.
    private var places: [ObjectIdentifier: Int] = [:]

    init(_ topic: Topic, _ slowReaders: SlowReaderPolicy) {
        self.topic = topic
        self.list = [topic]
        self.slowReaders = slowReaders
    }

    var isUnused: Bool { self.subscribers == 0 && self.cohorts.isEmpty }

    func add(_ cohort: Cohort) {
        self.note(cohort, self.cohorts.count)
        self.cohorts.append(cohort)
    }

    /// The last one takes its place: so none gets behind the first ones that was among them.
    func remove(_ cohort: Cohort) {
        let first = self.cohorts.prefix(Self.maximumScan).firstIndex { $0 === cohort }
        guard let place = first ?? self.places.removeValue(forKey: ObjectIdentifier(cohort)) else { return }
        let last = self.cohorts.removeLast()
        if last === cohort { return }
        self.cohorts[place] = last
        self.note(last, place)
    }

    private func note(_ cohort: Cohort, _ place: Int) {
        if place >= Self.maximumScan {
            self.places[ObjectIdentifier(cohort)] = place
        } else if !self.places.isEmpty {
            self.places[ObjectIdentifier(cohort)] = nil
        }
    }

    /// The cohort of those who have no other topic, as far as that is seen at a glance.
    func cohort(in format: SharedFormat?) -> Cohort? {
        self.cohorts.prefix(Self.maximumScan).first { $0.isPlain && $0.format == format }
    }
}
