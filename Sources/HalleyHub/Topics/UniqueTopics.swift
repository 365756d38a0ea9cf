/// A topic that is named twice counts once.
extension Array {
    /// The first of each topic, in order.
    package func uniqued(by topic: (Element) -> Topic) -> [Element] {
        if self.count < 2 { return self }
        var seen: Set<Topic> = []
        return self.filter { seen.insert(topic($0)).inserted }
    }
}

extension [Topic] {
    /// The first of each, in order.
    package func uniqued() -> [Topic] { self.uniqued { $0 } }
}
