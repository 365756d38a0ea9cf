import HalleyHub
import HalleyWire
import NIOCore

/// Publishes real data each second: the time on `demo:clock`, this machine's state on `demo:host`.
struct DemoPublisher {
    let server: HalleyServer
    private let clock: Topic
    private let host: Topic

    init(server: HalleyServer) throws {
        self.server = server
        self.clock = try Topic("demo:clock")
        self.host = try Topic("demo:host")
    }

    func run() async throws {
        var last = HostReading.read(self.server)
        while !Task.isCancelled {
            try await Task.sleep(for: .milliseconds(Self.untilNextSecond()))
            let reading = HostReading.read(self.server)
            try await self.server.hub.publish([
                PublicationDraft(topics: [self.clock], content: .json(Self.clockData())),
                PublicationDraft(topics: [self.host], content: .json(reading.data(since: last))),
            ])
            last = reading
        }
    }

    private static func untilNextSecond() -> Int64 { 1000 - LogTime.now().wall % 1000 }

    private static func clockData() -> String {
        let now = LogTime.now().wall
        return #"{"time":"\#(Timestamp.iso8601(milliseconds: now))","unix":\#(now)}"#
    }
}
