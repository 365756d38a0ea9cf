import Halley
import HalleyHub

/// Deliveries to a thousand subscribers of one format.
enum FanOut {
    private static let subscribers = 1000

    static let all = [1, 16].map { burst in
        Scenario(name: "fan-out, \(burst) at once", unit: "delivery") {
            let bench = try Bench()
            let format = PublicationFormat.all[0].format
            let members = (0..<Self.subscribers).map { _ in
                bench.shard.attach(
                    SubscribeRequest(topics: [(bench.topic, .now)], format: format), outlet: IdleOutlet())
            }
            return { units in
                for _ in 0..<max(1, units / Self.subscribers / burst) {
                    for _ in 0..<burst { bench.publish() }
                    bench.shard.drain()
                }
                _ = members
            }
        }
    }
}
