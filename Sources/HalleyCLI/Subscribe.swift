import ArgumentParser
import HalleyClient
import NIOCore

struct Subscribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints publications as they come.",
        discussion: """
            halley subscribe demo:clock
            halley subscribe --cursor last:10 --json news sport

            It comes back by itself when the connection is lost or the server restarts, and misses nothing that the server
            still holds; gaps are told on standard error. On a terminal, control characters are shown as \\u001b.
            """)

    @Argument(help: "The topics.")
    var topics: [String]

    @Option(help: "Where to begin: an id, “earliest” or “last:N”. (default: from now on)")
    var cursor: String?

    @Option(help: "How: \(Self.transports). (default: sse)", transform: Self.transport)
    var transport = ClientTransport.sse

    @Option(
        help: "How often the server shows that it lives: after three times that it counts as lost. (default: 15s)",
        transform: { .milliseconds(try Quantity.milliseconds($0, in: 100...Quantity.day)) })
    var heartbeat = Duration.seconds(15)

    @Flag(help: "Print the whole envelope, a line of JSON each, instead of the data.")
    var json = false

    @OptionGroup var client: ClientOptions

    func run() async throws {
        do {
            let client = try self.client.client(heartbeat: self.heartbeat)
            for try await event in client.subscribe(self.topics, cursor: self.cursor, transport: self.transport) {
                self.show(event)
            }
        } catch {
            throw Failure.exit(error)
        }
    }

    private static var transports: String { ClientTransport.allCases.map(\.rawValue).joined(separator: ", ") }

    private static func transport(_ text: String) throws -> ClientTransport {
        guard let transport = ClientTransport(rawValue: text) else {
            throw ValidationError("“\(text)” is no transport; there are \(self.transports).")
        }
        return transport
    }

    private func show(_ event: ClientEvent) {
        switch event {
        case .publication(let publication):
            Terminal.print(self.json ? publication.envelope : String(buffer: publication.data))
        case .gap(let gap):
            let topics = gap.topics.joined(separator: ", ")
            Terminal.error("halley: gap (\(gap.reason)): publications of \(topics) after \(gap.after) are missing")
        case .reconnecting(let reason): Terminal.error("halley: reconnecting: \(reason)")
        }
    }
}
