import HalleyHub
import Synchronization

/// A shard, and whether its loop owes it a turn.
final class SimulatedShard {
    let number: Int
    let hub: HubShard
    let counters = ShardCounters()
    private let turn: Turn

    private final class Turn: Sendable {
        let isDue = Atomic<Bool>(false)
    }

    init(number: Int, engine: SimulatedEngine, plan: RunPlan) {
        let turn = Turn()
        self.number = number
        self.turn = turn
        let inbox = Inbox { turn.isDue.store(true, ordering: .relaxed) }
        self.hub = HubShard(engine: engine, rules: plan.rules, inbox: inbox, counters: self.counters)
    }

    var isDue: Bool { self.turn.isDue.load(ordering: .relaxed) }

    func drain() {
        self.turn.isDue.store(false, ordering: .relaxed)
        self.hub.drain()
    }
}
