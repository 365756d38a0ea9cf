import Testing

@testable import HalleyHub

/// Each mode of a subscriber with each thing that can happen to it, and all that comes of it.
@Suite struct SubscriberModeTests {
    enum Mode: CaseIterable, Sendable {
        case beginning, catchingUp, waiting, live, muted, ended
    }

    enum Event: CaseIterable, Sendable {
        case publication, becomesWritable, detach, join, leave, page
    }

    /// In a, with 1 handed over (save one that is beginning) and 2 published but not drained.
    private func subscriber(_ mode: Mode) -> (Bench, RecordingOutlet) {
        let bench = Bench([mode == .muted ? SlowReaderPolicy.skip.rule : SlowReaderPolicy.rewind.rule], shards: 2)
        bench.publish("a")
        bench.turn(1)
        let outlet: RecordingOutlet
        switch mode {
        case .beginning:
            bench.turn(0)
            bench.engine.hold()
            outlet = bench.attach("a", from: .earliest)
        case .catchingUp:
            bench.turn(0)
            outlet = bench.attach([("a", .earliest)], isWritable: false)
        case .waiting: outlet = bench.attach([("a", Bench.after(1))])
        case .live, .ended:
            bench.turn(0)
            outlet = bench.attach("a", from: .earliest)
        case .muted:
            outlet = bench.attach("a")
            outlet.isWritable = false
            bench.turn(0)
        }
        if mode == .ended { outlet.subscriber?.detach() }
        bench.publish("a")
        _ = outlet.take()
        return (bench, outlet)
    }

    /// What comes, and after a `|` what comes when everything has settled and the outlet takes everything.
    private static let table: [Mode: [Event: String]] = [
        .beginning: [
            .publication: " | hello 0, got 1 at 1, got 2 at 2, live",
            .becomesWritable: " | hello 0, got 1 at 1, got 2 at 2, live",
            .detach: " | ",
            .join: " | hello 0, got 1 at 1, got 2 at 2, live, joined b at 2, live",
            .leave: " | hello 1, live",
            .page: "end 4014 internal error | ",
        ],
        .catchingUp: [
            .publication: " | got 2 at 2, live",
            .becomesWritable: "live | got 2 at 2",
            .detach: " | ",
            .join: " | live, joined b at 1, live, got 2 at 2",
            .leave: " | live",
            .page: " | live, got 2 at 2",
        ],
        .waiting: [
            .publication: "got 2 at 2, live | ",
            .becomesWritable: " | got 2 at 2, live",
            .detach: " | ",
            .join: " | got 2 at 2, live, joined b at 2, live",
            .leave: " | live",
            .page: " | got 2 at 2, live",
        ],
        .live: [
            .publication: "got 2 at 2 | ",
            .becomesWritable: " | got 2 at 2",
            .detach: " | ",
            .join: "joined b at 1, live | got 2 at 2",
            .leave: "live | ",
            .page: " | got 2 at 2",
        ],
        .muted: [
            .publication: " | gap skipped a after 1 at 2, live",
            .becomesWritable: "live | got 2 at 2",
            .detach: " | ",
            .join: " | live, joined b at 1, live, got 2 at 2",
            .leave: " | live",
            .page: " | live, got 2 at 2",
        ],
        .ended: [
            .publication: " | ", .becomesWritable: " | ", .detach: " | ", .join: " | ", .leave: " | ", .page: " | ",
        ],
    ]

    @Test(arguments: Mode.allCases, Event.allCases)
    func cell(_ mode: Mode, _ event: Event) {
        let (bench, outlet) = self.subscriber(mode)
        switch event {
        case .publication: bench.turn(0)
        case .becomesWritable: outlet.drained()
        case .detach: outlet.subscriber?.detach()
        case .join: outlet.subscriber?.join([(Bench.topic("b"), .now)])
        case .leave: outlet.subscriber?.leave([Bench.topic("a")])
        // An answer to nothing, save for one that is beginning.
        case .page: outlet.subscriber?.arrived(.failure(EngineError(.unavailable, "for the test")))
        }
        let first = outlet.take().joined(separator: ", ")
        outlet.drained()
        bench.engine.release()
        bench.settle(0)
        outlet.drained()
        bench.settle(0)
        let lines = first + " | " + outlet.take().joined(separator: ", ")
        #expect(lines == Self.table[mode]?[event])
    }

    @Test(arguments: Mode.allCases)
    func cursor(_ mode: Mode) {
        let (bench, outlet) = self.subscriber(mode)
        let before = outlet.subscriber?.cursor?.sequence
        bench.turn(0)
        let after = outlet.subscriber?.cursor?.sequence
        switch mode {
        case .beginning, .ended: #expect(before == nil && after == nil)
        case .catchingUp, .muted: #expect(before == 1 && after == 1)
        case .waiting, .live: #expect(before == 1 && after == 2)
        }
    }
}
