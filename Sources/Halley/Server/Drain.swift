import NIOCore

/// How a stop spends its time: load balancers see it first, then connections end one after the other, so that their
/// clients don't all come back at once; at the end what is left is cut.
struct Drain: Sendable {
    private let begun = NIODeadline.now()
    private let total: TimeAmount

    init(within total: TimeAmount) { self.total = total }

    /// How long not being ready is shown before accepting stops.
    var announcement: NIODeadline { self.begun + min(.seconds(1), .nanoseconds(self.total.nanoseconds / 10)) }
    /// When the last connection has been told.
    var lastWord: NIODeadline { self.begun + .nanoseconds(self.total.nanoseconds * 6 / 10) }
    /// When everything is cut.
    var end: NIODeadline { self.begun + .nanoseconds(self.total.nanoseconds * 9 / 10) }

    func wait(_ deadline: NIODeadline) async {
        let left = deadline - .now()
        // Cancelled: the stop goes on at once.
        if left > .zero { try? await Task.sleep(for: .nanoseconds(left.nanoseconds)) }
    }
}
