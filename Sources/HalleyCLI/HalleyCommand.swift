import ArgumentParser

@main
struct HalleyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halley",
        abstract: "A real-time push server: publish once, and every client gets it by the technique that it speaks.",
        discussion: """
            halley serve --demo          starts a server with live demo data and a page at http://localhost:8080/
            halley subscribe demo:clock  prints what comes
            halley publish demo:chat hi  publishes

            Exit codes: 0 done, 64 wrong usage, 69 no server answers or the port is in use, 77 refused, 78 bad configuration.
            """,
        version: "0.1.0",
        subcommands: [Serve.self, Publish.self, Subscribe.self, CheckConfig.self, BenchCommand.self]
    )
}
