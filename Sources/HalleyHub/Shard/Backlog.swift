/// What a subscriber needs that reads the log or waits to: one that is live has none, and should be small.
final class Backlog {
    var late: Subscriber.Late?
    var reading: Subscriber.Reading?
    var leftWhileReading: Set<Topic> = []
    var joining: [[(topic: Topic, start: StartPoint)]] = []
}

extension Subscriber {
    var late: Late? {
        get { self.backlog?.late }
        set { if newValue != nil || self.backlog != nil { self.neededBacklog.late = newValue } }
    }

    var lateTopics: [Topic] { self.late.map { Array($0.topics.keys) } ?? [] }

    var reading: Reading? {
        get { self.backlog?.reading }
        set { if newValue != nil || self.backlog != nil { self.neededBacklog.reading = newValue } }
    }

    var leftWhileReading: Set<Topic> {
        get { self.backlog?.leftWhileReading ?? [] }
        set { if !newValue.isEmpty || self.backlog != nil { self.neededBacklog.leftWhileReading = newValue } }
    }

    var joining: [[(topic: Topic, start: StartPoint)]] {
        get { self.backlog?.joining ?? [] }
        set { if !newValue.isEmpty || self.backlog != nil { self.neededBacklog.joining = newValue } }
    }

    private var neededBacklog: Backlog {
        if let backlog { return backlog }
        let new = Backlog()
        self.backlog = new
        return new
    }
}
