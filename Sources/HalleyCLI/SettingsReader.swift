import ArgumentParser
import Configuration
import SystemPackage
import Yams

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Brings options, environment and file together: an option wins over the environment, the environment over the file.
struct SettingsReader {
    private let options: ServeOptions
    private let path: String?

    init(_ options: ServeOptions) {
        self.options = options
        self.path = options.config ?? ProcessInfo.processInfo.environment["HALLEY_CONFIG"]
    }

    func read() async throws -> Settings {
        let config = ConfigReader(providers: try await self.providers())
        var settings = Settings()
        for name in SettingsTable.all.keys.sorted() {
            guard let values = try self.values(name, config), !values.isEmpty else { continue }
            do { try SettingsTable.all[name]!(&settings, values) } catch { throw self.error(name, error) }
        }
        try settings.check()
        return settings
    }

    /// A mistyped option is wrong usage; else the configuration is bad.
    private func error(_ name: String, _ error: any Error) -> any Error {
        if self.options.given[name] != nil { return ValidationError("--\(name): \(error)") }
        return SettingsError(name, "\(error)")
    }

    private func values(_ name: String, _ config: ConfigReader) throws -> [String]? {
        let key = ConfigKey([name])
        if SettingsTable.lists.contains(name) { return config.stringArray(forKey: key) }
        return config.string(forKey: key).map { [$0] }
    }

    private func providers() async throws -> [any ConfigProvider] {
        let given = self.options.given.map { name, values in
            let content: ConfigContent = SettingsTable.lists.contains(name) ? .stringArray(values) : .string(values[0])
            return (AbsoluteConfigKey([name]), ConfigValue(content, isSecret: name == "api-key"))
        }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(name: "options", values: Dictionary(uniqueKeysWithValues: given)),
            EnvironmentVariablesProvider().prefixKeys(with: "halley"),
        ]
        if let path = self.path {
            try self.checkNames(path)
            providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(path)))
        }
        return providers
    }

    /// A mistyped name must not go unnoticed.
    private func checkNames(_ path: String) throws {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw SettingsError(path, "the file can't be read.")
        }
        let root: Node?
        do { root = try Yams.compose(yaml: String(decoding: data, as: UTF8.self)) } catch {
            throw SettingsError(path, "it is not YAML: \(error)")
        }
        guard let mapping = root?.mapping else {
            throw SettingsError(path, "it must be a list of “name: value” lines.")
        }
        for name in mapping.keys.map({ $0.string ?? "" }) where SettingsTable.all[name] == nil {
            let names = SettingsTable.all.keys.sorted().joined(separator: ", ")
            throw SettingsError(name, "is no setting (in \(path)); there are \(names).")
        }
        for (name, value) in mapping {
            let isList = SettingsTable.lists.contains(name.string ?? "")
            if isList != (value.sequence != nil) {
                throw SettingsError(name.string ?? "", isList ? "must be a list (“- …” lines)." : "must be one value.")
            }
            // Read as text it would be the word itself: an API key “null”, say.
            let values = value.sequence.map(Array.init) ?? [value]
            if values.contains(where: { $0.null != nil }) {
                throw SettingsError(name.string ?? "", "has no value (null): write one, or leave the line out.")
            }
        }
    }
}
