import HalleyHub
import Testing

@testable import Halley

@Suite struct PresencePlaceTests {
    private func counts(_ presence: Presence, _ names: String...) throws -> [Int] {
        try names.map { presence.members(on: try Topic($0)).count }
    }

    @Test(arguments: [["a"], ["a", "b"], ["a", "b", "a"]])
    func entersEachTopicOnce(_ names: [String]) async throws {
        let presence = try await ServerContext.make().hub.presence
        var place = PresencePlace(presence, Member(client: ClientID(1)))
        let topics = try names.map { try Topic($0) }
        place.enter(topics)
        place.enter(topics)
        #expect(place.topics.map(\.name) == (names.contains("b") ? ["a", "b"] : ["a"]))
        place.leaveAll()
        #expect(place.topics.isEmpty)
        #expect(try self.counts(presence, "a", "b") == [0, 0])
    }

    @Test func leavesWhatItHas() async throws {
        let presence = try await ServerContext.make().hub.presence
        var place = PresencePlace(presence, Member(client: ClientID(1)))
        var other = PresencePlace(presence, Member(client: ClientID(1)))
        place.enter([try Topic("a")])
        place.enter([try Topic("b")])
        other.enter([try Topic("c")])
        place.leave([try Topic("a"), try Topic("c")])
        #expect(place.topics.map(\.name) == ["b"])
        #expect(try self.counts(presence, "a", "b", "c") == [0, 1, 1])
        other.leaveAll()
        place.leaveAll()
        #expect(try self.counts(presence, "a", "b", "c") == [0, 0, 0])
    }
}
