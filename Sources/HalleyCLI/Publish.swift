import ArgumentParser
import HalleyClient
import NIOCore

struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publishes one message and prints its id.",
        discussion: """
            halley publish demo:chat hello
            echo '{"score":[2,1]}' | halley publish --event goal --type application/json match -
            """)

    @Argument(help: "The topic.")
    var topic: String

    @Argument(help: "The data; “-” or nothing: standard input.")
    var data: String?

    @Option(help: "The event's name. (default: message)")
    var event: String?

    @Option(help: "The content type. (default: text for UTF-8, else binary)")
    var type: String?

    @OptionGroup var client: ClientOptions

    func run() async throws {
        do {
            let bytes = if let data, data != "-" { Array(data.utf8) } else { Terminal.readInput() }
            let id = try await self.client.client().publish(
                ByteBuffer(bytes: bytes), to: self.topic, event: self.event, contentType: self.type)
            Terminal.print(id)
        } catch {
            throw Failure.exit(error)
        }
    }
}
