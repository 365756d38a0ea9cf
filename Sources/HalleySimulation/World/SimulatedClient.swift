import HalleyHub

/// A client of the run: its model, and its connection while it has one.
final class SimulatedClient {
    struct Connection {
        let outlet: SimulatedOutlet
        let model: ModelConnection
        let subscriber: Subscriber
    }

    let model: ModelClient
    let format: SimulatedFormat?
    var connection: Connection?

    init(number: Int, format: SimulatedFormat?) {
        self.model = ModelClient(number: number)
        self.format = format
    }
}
