import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures a server under load: Halley, or another one.",
        discussion: """
            halley serve --threads 1 --api-key k &
            halley bench fan-out --api-key k --connections 1000 --pid $!

            All of it runs on one event loop: `taskset -c 1 halley bench …` keeps it away from the server's core.
            """,
        subcommands: [BenchFanOut.self, BenchConnect.self, BenchResume.self, BenchPublish.self])
}
