import HalleyHub

/// Who stands behind a request that subscribes.
final class Presentation: Sendable {
    let access: SubscribeAccess
    let claim: ClientRegistry.Claim

    init(_ access: SubscribeAccess, _ claim: ClientRegistry.Claim) {
        self.access = access
        self.claim = claim
    }

    var principal: Principal { self.access.principal }
    /// With where each begins.
    var topics: [(topic: Topic, start: StartPoint)] { self.access.topics }

    /// As others see it; one that claims no id has one of its own for this request.
    func member() -> Member { Member(client: self.clientID ?? .random(), user: self.principal.user) }

    /// `nil` where it claims none.
    var clientID: ClientID? {
        switch self.claim {
        case .none: nil
        case .issued(let credentials): credentials.id
        case .proven(let id): id
        }
    }

    /// With an id and its secret to tell the client, whether new or proven.
    func withCredentials(of clients: ClientRegistry) -> Presentation {
        Presentation(self.access, .issued(self.clientID.map(clients.credentials) ?? clients.issue()))
    }

    /// What the client is to be told.
    var issued: ClientCredentials? { if case .issued(let credentials) = self.claim { credentials } else { nil } }
}

/// A connection's place among those who are on its topics.
struct PresencePlace {
    private let presence: Presence
    private(set) var member: Member
    /// At most a hundred, mostly one.
    private(set) var topics: [Topic] = []

    init(_ presence: Presence, _ member: Member) {
        self.presence = presence
        self.member = member
    }

    mutating func enter(_ topics: [Topic]) {
        let new = self.new(among: topics)
        if self.topics.isEmpty { self.topics = new } else { self.topics += new }
        self.presence.connect(self.member, to: new)
    }

    private func new(among topics: [Topic]) -> [Topic] {
        // The usual case: the list stays the one that many share.
        if self.topics.isEmpty, topics.count == 1 { return topics }
        var new: [Topic] = []
        for topic in topics where !self.topics.contains(topic) && !new.contains(topic) { new.append(topic) }
        return new
    }

    mutating func leave(_ topics: [Topic]) {
        let known = self.topics.filter(topics.contains)
        self.topics.removeAll(where: topics.contains)
        self.presence.disconnect(self.member, from: known)
    }

    mutating func leaveAll() {
        self.presence.disconnect(self.member, from: self.topics)
        self.topics = []
    }

    mutating func identify(user: String?) {
        self.member = Member(client: self.member.client, user: user)
        self.presence.identify(self.member, on: self.topics)
    }
}
