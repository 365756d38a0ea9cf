import Synchronization

/// One connection's place in the hub: what it wants, how far it has got, and whether it is live or catching up.
///
/// Belongs to its shard's loop. It decides; its outlet writes.
package final class Subscriber {
    /// Nothing of the topic up to `start` is owed.
    struct Interest {
        var start: UInt64
        /// The client's cursor says so; else it may be forgotten when it comes back.
        var isExact: Bool
    }

    /// Topics that joined behind the others and read on by themselves until they have caught up.
    struct Late {
        var topics: [Topic: Interest]
        /// Everything of these topics up to here was handed over.
        var progress: UInt64
        /// Of those that may not read history, until the log has said where they begin: nothing older than so many
        /// milliseconds.
        var within: [Topic: Int64] = [:]
    }

    /// Large states lie apart: most subscribers are live, and should be small.
    enum Mode {
        case beginning([(topic: Topic, start: StartPoint)])
        case catchingUp
        case live(Cohort)
        /// Slow, under a policy that drops what comes meanwhile.
        indirect case muted(Cohort, Missed)
        case ended
    }

    enum Reading {
        indirect case first(StartPlan)
        case main
        case late
        indirect case join(StartPlan, [(topic: Topic, start: StartPoint)])
    }

    package let id: SubscriberID
    private(set) var format: SharedFormat?
    let shard: HubShard
    private(set) var outlet: (any SubscriberOutlet)?
    var mode: Mode
    /// Everything up to here was handed over; a live one has what the shard has delivered.
    var position: UInt64 = 0
    /// `nil` where nothing is left to do.
    var backlog: Backlog?
    var interests = Interests()
    private var policy = SlowReaderPolicy.latest
    /// Inside a write: an outlet that becomes writable there has said nothing new, as it is asked after the write.
    private var isWriting = false
    var placeInCohort: Int32 = 0

    init(id: SubscriberID, format: SharedFormat?, shard: HubShard, outlet: any SubscriberOutlet) {
        self.id = id
        self.format = format
        self.shard = shard
        self.outlet = outlet
        self.mode = .beginning([])
    }

    // MARK: - What the connection asks

    /// Whether it gets publications as they come.
    package var isLive: Bool { if case .live = self.mode { true } else { false } }

    var isCatchingUp: Bool { if case .catchingUp = self.mode { true } else { false } }

    package var topics: [Topic] { self.interests.topics + self.lateTopics }

    /// Where the connection stands: for heartbeats. Never beyond what it was handed.
    package var cursor: Cursor? {
        switch self.mode {
        case .beginning, .ended: nil
        case .live: self.cursor(at: self.shard.deliveredThrough)
        case .catchingUp, .muted: self.cursor(at: self.position)
        }
    }

    /// To be called when the outlet can take more again.
    package func outletBecameWritable() {
        if self.isWriting { return }
        self.goOn()
    }

    /// To be called when the connection has gone, or wants nothing more.
    package func detach() {
        if case .ended = self.mode { return }
        self.leaveCohort()
        self.mode = .ended
        self.outlet = nil
        for element in self.interests { self.shard.giveBack(element.local) }
        for topic in self.lateTopics { self.shard.giveBack(topic) }
        self.interests = Interests()
        self.backlog = nil
        self.shard.detached(self)
    }

    func end(_ reason: CloseReason) {
        let outlet = self.outlet
        self.detach()
        outlet?.end(reason)
    }

    // MARK: - Modes

    func begin(_ topics: [(topic: Topic, start: StartPoint)]) {
        self.mode = .beginning(topics)
        self.goOn()
    }

    /// Takes the next step that is due.
    func goOn() {
        if self.shard.isDraining { return self.shard.wait(self, soon: true) }
        if self.reading != nil { return }
        switch self.mode {
        case .beginning(let topics): self.readFirst(topics)
        case .catchingUp: self.readOn()
        case .live: self.goOnLive()
        case .muted(let cohort, let missed): self.unmute(cohort, missed)
        case .ended: break
        }
    }

    private func goOnLive() {
        // It may have turned live anew while a page is still on its way: one at a time.
        if self.reading != nil { return }
        if self.late != nil {
            self.readLate()
        } else if self.backlog?.joining.isEmpty == false {
            self.join()
        } else {
            self.backlog = nil
        }
    }

    /// Turns live when it has caught up; else sees to it that it goes on.
    func settle() {
        guard case .catchingUp = self.mode, let outlet = self.outlet else { return }
        let delivered = self.shard.deliveredThrough
        if self.position < delivered {
            if outlet.isWritable { self.shard.wait(self, soon: true) }
        } else if self.position > delivered || self.interests.contains(where: { $0.start > delivered }) {
            // Its cursor is ahead of what this loop has seen yet.
            self.shard.wait(self, soon: false)
        } else if outlet.isWritable {
            self.goLive()
        }
    }

    func goLive() {
        let cohort = self.ownCohort
        cohort.add(self)
        // One for all of them, where it came with its own.
        self.format = cohort.format
        self.mode = .live(cohort)
        self.outlet?.paceChanged(isLive: true)
        self.goOnLive()
    }

    var ownCohort: Cohort {
        self.shard.cohort(of: self.interests, in: self.format, only: self.late == nil ? nil : self.id)
    }

    func leaveCohort() {
        switch self.mode {
        case .live(let cohort):
            cohort.remove(self)
            self.shard.abandonIfEmpty(cohort)
        case .muted(let cohort, _):
            cohort.removeMuted(self)
            self.shard.abandonIfEmpty(cohort)
        case .beginning, .catchingUp, .ended: break
        }
    }

    /// To be called whenever the topics have changed.
    func interestsChanged() {
        self.policy = self.interests.reduce(.latest) { max($0, $1.local.slowReaders) }
        for topic in self.lateTopics {
            self.policy = max(self.policy, self.shard.rules.slowReaders(of: topic))
        }
    }

    // MARK: - Live

    func isLive(in cohort: Cohort) -> Bool {
        if case .live(let own) = self.mode { own === cohort } else { false }
    }

    /// Takes a live batch.
    func receive(_ batch: DeliveryBatch, through sequence: UInt64) {
        guard let outlet = self.outlet else { return }
        self.hand(batch)
        if !outlet.isWritable { self.becameSlow(at: sequence) }
    }

    func hand(_ batch: DeliveryBatch) {
        self.isWriting = true
        self.outlet?.deliver(batch)
        self.isWriting = false
    }

    func notify(_ notice: Notice) {
        self.isWriting = true
        self.outlet?.notify(notice)
        self.isWriting = false
    }

    private func becameSlow(at sequence: UInt64) {
        guard case .live(let cohort) = self.mode else { return }
        self.shard.counters.slowReaders.add(1, ordering: .relaxed)
        self.position = sequence
        switch self.policy {
        case .disconnect: self.end(.slowReader)
        case .rewind:
            self.leaveCohort()
            self.mode = .catchingUp
            self.outlet?.paceChanged(isLive: false)
        case .skip, .latest: self.mute(in: cohort)
        }
    }

    private func mute(in cohort: Cohort) {
        cohort.mute(self)
        self.mode = .muted(cohort, Missed(keepsNewest: self.policy == .latest))
    }

    /// What a muted one would have got.
    func miss(_ publications: ArraySlice<Publication>) {
        guard case .muted(let cohort, var missed) = self.mode else { return }
        for publication in publications where !publication.excludes(self.id) {
            missed.add(publication, topics: publication.topics.filter { self.interests[$0] != nil })
        }
        self.mode = .muted(cohort, missed)
    }

    /// Tells what was dropped, hands over what was kept, and is live again.
    private func unmute(_ cohort: Cohort, _ missed: Missed) {
        guard let outlet = self.outlet, outlet.isWritable else { return }
        self.leaveCohort()
        self.mode = .catchingUp
        let since = self.cursor(at: self.position)
        self.position = self.shard.deliveredThrough
        let kept = missed.kept
        if !missed.skipped.isEmpty {
            self.begin(after: missed.skipped)
            let id = self.cursor(at: kept.first.map { $0.sequence - 1 } ?? self.position)
            self.tell(Gap(topics: Array(missed.skipped.keys), after: since.description, reason: .skipped), id: id)
        }
        if let batch = self.batch(of: kept[...], &self.shard.frames) { self.hand(batch) }
        // It may have been closed by what was written.
        guard self.isCatchingUp else { return }
        self.goLive()
        if !outlet.isWritable { self.becameSlow(at: self.position) }
    }

    /// What was dropped was not brought: a late topic of the same publications brings them.
    private func begin(after skipped: [Topic: UInt64]) {
        for (topic, sequence) in skipped {
            guard let interest = self.interests[topic], interest.start < sequence else { continue }
            self.interests.update(topic, Interest(start: sequence, isExact: false))
        }
        self.interestsChanged()
    }

    func tell(_ gap: Gap, id: Cursor) {
        self.shard.counters.gaps.add(1, ordering: .relaxed)
        self.notify(.gap(gap, id: id))
    }
}
