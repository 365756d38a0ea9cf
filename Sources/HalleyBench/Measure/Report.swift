/// The figures of a run, in order, for people and for programs.
package struct Report: Equatable, Sendable {
    package enum Value: Equatable, Sendable {
        case text(String)
        case count(Int)
        case number(Double, unit: String)
    }

    package struct Entry: Equatable, Sendable {
        /// The JSON member.
        package let name: String
        package let label: String
        package let value: Value
    }

    package private(set) var entries: [Entry] = []
    /// What whoever reads the figures has to know.
    package private(set) var warnings: [String] = []

    package init() {}

    package mutating func add(_ name: String, _ label: String, _ value: Value) {
        self.entries.append(Entry(name: name, label: label, value: value))
    }

    package mutating func warn(_ text: String) { self.warnings.append(text) }

    package var text: String {
        let width = self.entries.map(\.label.count).max() ?? 0
        let lines = self.entries.map { entry in
            entry.label + String(repeating: " ", count: width + 2 - entry.label.count) + Self.shown(entry.value)
        }
        return (lines + self.warnings.map { "warning: \($0)" }).joined(separator: "\n")
    }

    /// One line.
    package var json: String {
        var members = self.entries.map { "\"\($0.name)\":\(Self.json($0.value))" }
        members.append("\"warnings\":[\(self.warnings.map(Self.quoted).joined(separator: ","))]")
        return "{\(members.joined(separator: ","))}"
    }

    private static func shown(_ value: Value) -> String {
        switch value {
        case .text(let text): text
        case .count(let count): "\(count)"
        case .number(let number, let unit): "\(self.rounded(number)) \(unit)"
        }
    }

    private static func json(_ value: Value) -> String {
        switch value {
        case .text(let text): self.quoted(text)
        case .count(let count): "\(count)"
        case .number(let number, _): number.isFinite ? "\(number)" : "null"
        }
    }

    /// Three digits that mean something.
    private static func rounded(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1000 else { return number.isFinite ? "\(Int(number.rounded()))" : "–" }
        let factor = abs(number) >= 100 ? 1.0 : abs(number) >= 10 ? 10 : abs(number) >= 1 ? 100 : 1000
        return "\((number * factor).rounded() / factor)"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}
