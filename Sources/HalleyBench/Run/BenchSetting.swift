/// What holds for every kind of run.
package struct BenchSetting: Sendable {
    /// The server's processes, whose CPU time and memory are read from `/proc`.
    package var processes: [Int]
    /// Seconds without any progress after which a run ends.
    package var patience: Double
    /// Called with a line twice a second.
    package var progress: (@Sendable (String) -> Void)?

    package init(processes: [Int], patience: Double, progress: (@Sendable (String) -> Void)?) {
        self.processes = processes
        self.patience = patience
        self.progress = progress
    }

    func sample() throws(BenchError) -> ProcessSample? {
        self.processes.isEmpty ? nil : try ProcessSample(of: self.processes)
    }
}
