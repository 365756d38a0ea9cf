/// What a subscriber wants, sorted by topic. One topic, the usual case, lies inline.
struct Interests: RandomAccessCollection {
    struct Element {
        let local: LocalTopic
        var interest: Subscriber.Interest

        var topic: Topic { self.local.topic }
        var start: UInt64 { self.interest.start }
        var isExact: Bool { self.interest.isExact }
    }

    private enum Storage {
        case one(Element)
        case several([Element])
    }

    private var storage = Storage.several([])

    var startIndex: Int { 0 }

    var endIndex: Int {
        switch self.storage {
        case .one: 1
        case .several(let all): all.count
        }
    }

    subscript(position: Int) -> Element {
        switch self.storage {
        case .one(let element):
            precondition(position == 0)
            return element
        case .several(let all): return all[position]
        }
    }

    subscript(topic: Topic) -> Subscriber.Interest? { self.index(of: topic).map { self[$0].interest } }

    var topics: [Topic] {
        if case .one(let element) = self.storage { element.local.list } else { self.map(\.topic) }
    }

    /// The topic, where there is but one.
    var only: LocalTopic? { if case .one(let element) = self.storage { element.local } else { nil } }

    // MARK: - Changes

    /// A topic that is new.
    mutating func insert(_ local: LocalTopic, _ interest: Subscriber.Interest) {
        let element = Element(local: local, interest: interest)
        if self.isEmpty {
            self.storage = .one(element)
            return
        }
        let index = self.firstIndex(notBefore: local.topic)
        self.change { $0.insert(element, at: index) }
    }

    /// - Returns: whether the topic is there; else nothing changes.
    @discardableResult
    mutating func update(_ topic: Topic, _ interest: Subscriber.Interest) -> Bool {
        guard let index = self.index(of: topic) else { return false }
        self.change { $0[index].interest = interest }
        return true
    }

    /// - Returns: what was there.
    mutating func remove(_ topic: Topic) -> LocalTopic? {
        guard let index = self.index(of: topic) else { return nil }
        let local = self[index].local
        self.change { $0.remove(at: index) }
        return local
    }

    private mutating func change(_ body: (inout [Element]) -> Void) {
        var all = self.takeAll()
        body(&all)
        self.storage = all.count == 1 ? .one(all[0]) : .several(all)
    }

    /// Left empty: so the list is changed in its place.
    private mutating func takeAll() -> [Element] {
        defer { self.storage = .several([]) }
        switch self.storage {
        case .one(let element): return [element]
        case .several(let all): return all
        }
    }

    // MARK: -

    private func index(of topic: Topic) -> Int? {
        if case .one(let element) = self.storage { return element.topic == topic ? 0 : nil }
        let index = self.firstIndex(notBefore: topic)
        return index < self.count && self[index].topic == topic ? index : nil
    }

    private func firstIndex(notBefore topic: Topic) -> Int {
        var low = 0
        var high = self.count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].topic < topic { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
