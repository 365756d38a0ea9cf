import HalleyHub

/// One logical client over all its connections: what it has got, and where it would go on.
final class ModelClient {
    let number: Int
    let id: SubscriberID
    /// Publications of this epoch that it has got, by sequence.
    private var got: [Bool] = []
    /// Those that may come twice, where the rules are soft.
    private var again: [Bool] = []
    /// Nothing beyond this was got.
    private(set) var highest: UInt64 = 0

    /// The last id that it received, and the topics that it stands for.
    var cursor: Cursor?
    var topics = TopicSet()
    var shard = 0

    init(number: Int) {
        self.number = number
        self.id = SubscriberID(UInt64(number) &+ 1)
    }

    func has(_ sequence: UInt64) -> Bool { sequence < self.got.count && self.got[Int(sequence)] }

    func mayGetAgain(_ sequence: UInt64) -> Bool { sequence < self.again.count && self.again[Int(sequence)] }

    func receive(_ sequence: UInt64) {
        while self.got.count <= sequence {
            self.got.append(false)
            self.again.append(false)
        }
        self.got[Int(sequence)] = true
        self.again[Int(sequence)] = false
        self.highest = max(self.highest, sequence)
    }

    /// It was handed over but never arrived, or the client asks for it anew.
    func forget(_ sequence: UInt64) {
        guard self.has(sequence) else { return }
        self.got[Int(sequence)] = false
        self.again[Int(sequence)] = false
    }

    func allowAgain(_ sequence: UInt64) {
        if self.has(sequence) { self.again[Int(sequence)] = true }
    }

    /// A new log: nothing of it was got.
    func restart() {
        self.got = []
        self.again = []
        self.highest = 0
    }
}
