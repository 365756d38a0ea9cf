import Foundation
import NIOSSL
import Testing

@testable import HalleyClient

/// `https` and `wss`, by the server's IP address: there is no name to send, and the certificate is checked against the address.
@Suite(.timeLimit(.minutes(1)), .enabled(if: Certificate.canBeMade)) struct SecureWebSocketTests {
    private static func firstEvent(
        _ transport: ClientTransport, certificateFor address: String, isTrusted: Bool = true
    ) async throws -> ClientEvent? {
        let certificate = try await Certificate.make(for: address)
        let script: ScriptedServer.Script = { peer, _ in
            try await peer.hello(by: transport)
            if transport == .ws { try await peer.close(1001, "retry=1") }
        }
        return try await ScriptedServer.run(tls: try certificate.context(), script) { url in
            let client = try HalleyClient(url, pauses: Pauses()) { settings in
                if isTrusted { settings.trust = .certificates([certificate.certificate]) }
            }
            var iterator = client.subscribe(["t"], transport: transport).makeAsyncIterator()
            return try await iterator.next()
        }
    }

    @Test(arguments: [ClientTransport.ws, .sse, .stream]) func connects(_ transport: ClientTransport) async throws {
        let event = try await Self.firstEvent(transport, certificateFor: "IP:127.0.0.1")
        guard case .reconnecting? = event else {
            Issue.record("\(String(describing: event))")
            return
        }
    }

    @Test(arguments: ["IP:127.0.0.2", "DNS:localhost"]) func refusesTheCertificateOfAnother(
        _ address: String
    ) async throws {
        await #expect(throws: ClientError.self) { try await Self.firstEvent(.ws, certificateFor: address) }
    }

    @Test func refusesACertificateThatItDoesNotTrust() async throws {
        await #expect(throws: ClientError.self) {
            try await Self.firstEvent(.ws, certificateFor: "IP:127.0.0.1", isTrusted: false)
        }
    }
}

/// A certificate that signs itself, made by `openssl`.
private struct Certificate {
    private static let program = URL(filePath: "/usr/bin/openssl")
    static var canBeMade: Bool { FileManager.default.isExecutableFile(atPath: self.program.path) }

    let certificate: NIOSSLCertificate
    private let key: NIOSSLPrivateKey

    struct NotMade: Error {}

    /// - Parameter address: as openssl writes it: `IP:127.0.0.1`.
    static func make(for address: String) async throws -> Certificate {
        let directory = FileManager.default.temporaryDirectory.appending(path: "halley-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (certificate, key) = (directory.appending(path: "c.pem").path, directory.appending(path: "k.pem").path)
        let status = try await self.run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
            "-subj", "/CN=test", "-addext", "subjectAltName=" + address, "-keyout", key, "-out", certificate,
        ])
        guard status == 0, let made = try NIOSSLCertificate.fromPEMFile(certificate).first else { throw NotMade() }
        return Certificate(certificate: made, key: try NIOSSLPrivateKey(file: key, format: .pem))
    }

    private static func run(_ arguments: [String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = self.program
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }

    func context() throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(self.certificate)], privateKey: .privateKey(self.key)))
    }
}
