import ArgumentParser

struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Checks a configuration file, and what the environment and the options add, without starting.")

    @OptionGroup var options: ServeOptions

    func run() async throws {
        do {
            let settings = try await self.options.settings()
            settings.printWarnings()
            Terminal.print("The configuration is good: \(settings.summary)")
            Terminal.print("Topic rules, in full:")
            for rule in settings.rules { Terminal.print("  \(rule)") }
        } catch {
            throw Failure.exit(error)
        }
    }
}
