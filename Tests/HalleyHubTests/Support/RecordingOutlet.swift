import HalleyHub
import NIOCore

/// A connection that writes down what it is handed, one line for each thing. Ids lose their epoch if it is the bench's.
final class RecordingOutlet: SubscriberOutlet {
    var isWritable = true
    var subscriber: Subscriber?
    /// Called inside each write, after it is written down.
    var onWrite: (() -> Void)?
    private(set) var batches = 0
    private(set) var frames: [String] = []
    private var lines: [String] = []

    /// What has come since the last call.
    func take() -> [String] {
        defer { self.lines = [] }
        return self.lines
    }

    /// The sequences that have come since the last call.
    func takeSequences() -> [UInt64] {
        self.take().compactMap { $0.hasPrefix("got ") ? UInt64($0.split(separator: " ")[1]) : nil }
    }

    func deliver(_ batch: DeliveryBatch) {
        self.batches += 1
        self.frames.append(String(buffer: batch.frames))
        for (index, publication) in batch.publications.enumerated() {
            self.lines.append("got \(publication.sequence) at \(Bench.short(batch.id(at: index)))")
        }
        self.onWrite?()
    }

    func notify(_ notice: Notice) {
        switch notice {
        case .hello(let id): self.lines.append("hello \(Bench.short(id))")
        case .gap(let gap, let id):
            let topics = gap.topics.map(\.name).joined(separator: ",")
            self.lines.append("gap \(gap.reason) \(topics) after \(Bench.short(gap.after)) at \(Bench.short(id))")
        case .joined(let topics, let id): self.lines.append("joined \(Self.names(topics)) at \(Bench.short(id))")
        case .caughtUp(let topics, let id): self.lines.append("caught up \(Self.names(topics)) at \(Bench.short(id))")
        }
        self.onWrite?()
    }

    func end(_ reason: CloseReason) { self.lines.append("end \(reason)") }

    func paceChanged(isLive: Bool) { self.lines.append(isLive ? "live" : "slow") }

    private static func names(_ topics: [Topic]) -> String { topics.map(\.name).sorted().joined(separator: ",") }

    /// It can take more again.
    func drained() {
        self.isWritable = true
        self.subscriber?.outletBecameWritable()
    }
}
