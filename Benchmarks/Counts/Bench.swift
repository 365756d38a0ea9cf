import Halley
import HalleyHub
import NIOCore

/// What the scenarios share: a log, a shard, publications of 128 bytes.
struct Bench {
    static let text = String(repeating: "x", count: 128)

    let engine: MemoryEngine
    let shard: HubShard
    let topic: Topic
    let draft: PublicationDraft

    init() throws {
        let rules = TopicRules()
        self.engine = MemoryEngine(rules: rules)
        self.topic = try Topic("news")
        self.draft = try PublicationDraft(topics: [self.topic], content: .text(Self.text))
        let inbox = Inbox {}
        self.shard = HubShard(engine: self.engine, rules: rules, inbox: inbox, counters: ShardCounters())
        self.shard.begin(at: self.engine.begin(delivering: Inboxes([inbox])))
    }

    func publish() { self.engine.publish([self.draft]) { _ in } }
}

/// Takes everything, and does nothing.
final class IdleOutlet: SubscriberOutlet {
    private(set) var bytes = 0
    var isWritable: Bool { true }
    func deliver(_ batch: DeliveryBatch) { self.bytes += batch.frames.readableBytes }
    func notify(_ notice: Notice) {}
    func end(_ reason: CloseReason) {}
}

extension Scenario {
    static let publish = Scenario(name: "publish", unit: "publication") {
        let bench = try Bench()
        return { units in
            for _ in 0..<units {
                bench.publish()
                bench.shard.drain()
            }
        }
    }

    static let attachment = Scenario(name: "attach and detach", unit: "subscriber") {
        let bench = try Bench()
        let format = PublicationFormat.all[0].format
        let outlet = IdleOutlet()
        return { units in
            for _ in 0..<units {
                let request = SubscribeRequest(topics: [(bench.topic, .now)], format: format)
                bench.shard.attach(request, outlet: outlet).detach()
            }
        }
    }
}
