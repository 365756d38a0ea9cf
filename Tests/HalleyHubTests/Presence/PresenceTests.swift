import NIOConcurrencyHelpers
import Testing

@testable import HalleyHub

@Suite struct PresenceTests {
    /// Presence over a memory engine, whose clocks go as a test says.
    private final class Scene: Sendable {
        let engine: MemoryEngine
        let presence: Presence
        private let time = NIOLockedValueBox(LogTime(wall: 1_000_000, steady: 0))

        init(_ policy: PresencePolicy = .announce, limits: LeaseLimits = LeaseLimits()) {
            var rule = TopicRule(prefix: "")
            (rule.presence, rule.count) = (policy, 100)
            let rules = TopicRules([rule])
            let time = self.time
            self.engine = MemoryEngine(rules: rules, epoch: Bench.epoch) { time.withLockedValue { $0 } }
            self.presence = Presence(rules: rules, engine: self.engine, leases: limits) { time.withLockedValue { $0 } }
        }

        func pass(wall: Int64 = 0, steady: Int64 = 0) {
            self.time.withLockedValue { time in
                time.wall += wall
                time.steady += steady
            }
            self.presence.expire()
        }

        func publish(_ topic: String) throws {
            let draft = try PublicationDraft(topics: [Bench.topic(topic)], content: .text("real"))
            self.engine.publish([draft]) { _ in }
        }

        func page(_ topic: String, _ start: HistoryQuery.Start = .earliest) -> HistoryPage? {
            let found = NIOLockedValueBox<HistoryPage?>(nil)
            self.engine.history(HistoryQuery([.init(Bench.topic(topic), start)], maximumCount: 10_000)) { page in
                found.withLockedValue { $0 = try? page.get() }
            }
            return found.withLockedValue { $0 }
        }

        func events(_ topic: String) -> [String] { self.page(topic)?.publications.map(\.event.name) ?? [] }
    }

    private func member(_ number: Int) -> Member { Member(client: ClientID(UInt64(number))) }
    private let topic = Bench.topic("a")

    /// A crowd that comes and goes once evicted a topic's whole history within a second.
    @Test func aCrowdEvictsNothing() throws {
        let scene = Scene()
        for _ in 0..<100 { try scene.publish("a") }
        for number in 0..<520 { scene.presence.connect(self.member(number), to: [self.topic]) }
        #expect(scene.presence.members(on: self.topic).count == 520)
        for number in 0..<520 { scene.presence.disconnect(self.member(number), from: [self.topic]) }
        for _ in 0..<60 { scene.pass(wall: 1000, steady: 1000) }
        let page = try #require(scene.page("a", .after(0)))
        #expect(page.missing.isEmpty)
        #expect(page.publications.filter { $0.event == .message }.map(\.sequence) == (1...100).map { $0 })
        #expect(page.publications.count == 100 + 13)
        #expect(scene.presence.members(on: self.topic).count == 0)
    }

    @Test func beyondThePaceTheyAreAnnouncedLater() {
        let scene = Scene()
        for number in 0..<30 { scene.presence.connect(self.member(number), to: [self.topic]) }
        let sequence = { (scene.page("a")?.publications.last?.sequence ?? 0) as UInt64 }
        #expect(sequence() == 20)
        scene.pass(wall: 500, steady: 500)
        #expect(sequence() == 25)
        scene.pass(wall: 10_000, steady: 10_000)
        #expect(sequence() == 30)
    }

    @Test func onlyWhereTheRuleSaysSo() {
        let scene = Scene(.list)
        scene.presence.connect(self.member(1), to: [self.topic])
        #expect(scene.presence.lease(self.member(2), on: [self.topic], for: 1000, by: nil))
        scene.pass(steady: 5000)
        #expect(scene.events("a") == [])
        #expect(scene.presence.members(on: self.topic).members.map(\.member) == [self.member(1)])
    }

    /// Leases once ended early, or never, where the wall clock was set.
    @Test(arguments: [-86_400_000, 86_400_000] as [Int64]) func leasesEndByTheSteadyClock(_ jump: Int64) {
        let scene = Scene()
        #expect(scene.presence.lease(self.member(1), on: [self.topic], for: 10_000, by: "x"))
        scene.pass(wall: jump, steady: 9_000)
        #expect(scene.presence.leaseCount == 1)
        // Others are shown when it came.
        #expect(scene.presence.members(on: self.topic).members.map(\.since) == [1_000_000])
        scene.pass(steady: 1_000)
        #expect(scene.presence.leaseCount == 0)
        #expect(scene.events("a") == ["halley:join", "halley:leave"])
    }

    @Test func moreThanAShareIsRefused() {
        let scene = Scene(limits: LeaseLimits(perAddress: 2))
        let topics = ["a", "b", "a"].map(Bench.topic)
        #expect(scene.presence.lease(self.member(1), on: topics, for: 1000, by: "x"))
        #expect(!scene.presence.lease(self.member(2), on: [self.topic], for: 1000, by: "x"))
        #expect(scene.presence.lease(self.member(3), on: [self.topic], for: 1000, by: "y"))
        #expect(scene.presence.members(on: self.topic).members.map(\.member) == [self.member(1), self.member(3)])
    }

    @Test func aLeaseMayBeAsLongAsCanBeSaid() {
        let scene = Scene()
        scene.pass(steady: 1000)
        #expect(scene.presence.lease(self.member(1), on: [self.topic], for: .max, by: nil))
        #expect(scene.presence.leaseCount == 1)
    }

    @Test func manyLeasesEndAtOnce() {
        let scene = Scene(.list)
        for number in 0..<1000 {
            #expect(scene.presence.lease(self.member(number), on: [self.topic], for: 1000, by: nil))
        }
        scene.pass(steady: 1000)
        #expect(scene.presence.leaseCount == 0)
        #expect(scene.presence.members(on: self.topic).count == 0)
    }
}
