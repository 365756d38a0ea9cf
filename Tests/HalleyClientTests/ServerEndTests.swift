import Testing

@testable import HalleyClient

/// `docs/protocol.md` §9.
struct ServerEndTests {
    @Test(
        arguments: [
            4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4008, 4011, 4013, 4014, 4015, 1000, 1001, 1011, 1013,
        ] as [UInt16])
    func afterMostAClientMayComeBack(_ code: UInt16) { #expect(ServerEnd(code: code, reason: "").mayReturn) }

    @Test(arguments: [4009, 4010, 4012, 1002, 1003, 1007, 1008, 1009] as [UInt16])
    func afterSomeItMayNot(_ code: UInt16) { #expect(!ServerEnd(code: code, reason: "").mayReturn) }

    @Test func aCloseFrameWithoutACodeForbidsNothing() { #expect(ServerEnd(code: nil, reason: "").mayReturn) }
}
