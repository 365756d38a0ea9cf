/// The members of one topic in the order in which they came: coming, going and finding cost the same however many there
/// are, and a page of them costs what it shows.
///
/// The members lie in slots without holes; a slot that becomes free is filled with the last one. The slots form a ring by
/// the time of arrival, which begins and ends at slot 0, a slot of nobody.
struct MemberOrder<Value: Sendable> {
    private struct Slot {
        var client: ClientID
        /// `nil` only in slot 0.
        var value: Value?
        var earlier: Int32
        var later: Int32
    }

    private var slots: [Slot] = []
    private var places: [ClientID: Int32] = [:]

    var count: Int { self.places.count }

    /// - Returns: at most `limit`, those who came first.
    func first(_ limit: Int) -> [(client: ClientID, value: Value)] {
        var members: [(client: ClientID, value: Value)] = []
        guard !self.slots.isEmpty else { return members }
        members.reserveCapacity(min(limit, self.count))
        var place = self.slots[0].later
        while place != 0, members.count < limit {
            let slot = self.slots[Int(place)]
            if let value = slot.value { members.append((slot.client, value)) }
            place = slot.later
        }
        return members
    }

    subscript(client: ClientID) -> Value? { self.places[client].flatMap { self.slots[Int($0)].value } }

    /// Puts the value in the client's place, or at the end where the client has none.
    /// - Returns: what was there.
    mutating func put(_ value: Value, _ client: ClientID) -> Value? {
        if let place = self.places[client] {
            let known = self.slots[Int(place)].value
            self.slots[Int(place)].value = value
            return known
        }
        if self.slots.isEmpty { self.slots.append(Slot(client: ClientID(0), value: nil, earlier: 0, later: 0)) }
        let place = Int32(self.slots.count)
        let last = self.slots[0].earlier
        self.slots.append(Slot(client: client, value: value, earlier: last, later: 0))
        self.slots[Int(last)].later = place
        self.slots[0].earlier = place
        self.places[client] = place
        return nil
    }

    mutating func remove(_ client: ClientID) {
        guard let place = self.places.removeValue(forKey: client) else { return }
        let slot = self.slots[Int(place)]
        self.slots[Int(slot.earlier)].later = slot.later
        self.slots[Int(slot.later)].earlier = slot.earlier
        let moved = self.slots.removeLast()
        if Int(place) == self.slots.count { return }
        self.slots[Int(place)] = moved
        self.slots[Int(moved.earlier)].later = place
        self.slots[Int(moved.later)].earlier = place
        self.places[moved.client] = place
    }
}
