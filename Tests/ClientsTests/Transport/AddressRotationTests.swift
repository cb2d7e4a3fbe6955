import NIOCore
import Testing

@testable import Clients

struct AddressRotationTests {
  private var rotation = AddressRotation(turn: 0)
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private func four(_ numbers: Int...) -> [SocketAddress] {
    numbers.compactMap { try? SocketAddress(ipAddress: "192.0.2.\($0)", port: 80) }
  }
  private func six(_ numbers: Int...) -> [SocketAddress] {
    numbers.compactMap { try? SocketAddress(ipAddress: "2001:db8::\($0)", port: 80) }
  }

  @Test mutating func eachConnectionBeginsWithTheNextAddressAndCanGoOnToAll() {
    let addresses = four(1, 2, 3)
    let orders = (0..<4).map { _ in rotation.order(addresses, at: start) }
    #expect(orders == [four(1, 2, 3), four(2, 3, 1), four(3, 1, 2), four(1, 2, 3)])
  }

  @Test mutating func theFamiliesAlternateAndTheFirstStaysFirst() {
    let orders = (0..<3).map { _ in rotation.order(six(1, 2) + four(1, 2, 3), at: start) }
    #expect(orders[0] == six(1) + four(1) + six(2) + four(2, 3))
    #expect(orders[1] == six(2) + four(2) + six(1) + four(3, 1))
    #expect(orders[2] == six(1) + four(3) + six(2) + four(1, 2))
    #expect(rotation.order(four(9) + six(8), at: start) == four(9) + six(8))
  }

  @Test mutating func anAddressThatFailedComesLastFor10Seconds() {
    rotation.failed(four(1)[0], at: start)
    let early = (0..<4).map { _ in rotation.order(four(1, 2, 3), at: start + .milliseconds(9999)) }
    #expect(early == [four(2, 3, 1), four(3, 2, 1), four(2, 3, 1), four(3, 2, 1)])
    let late = (0..<3).map { _ in rotation.order(four(1, 2, 3), at: start + .seconds(10))[0] }
    #expect(Set(late) == Set(four(1, 2, 3)))
  }

  @Test mutating func aFamilyThatFailedComesAfterTheOther() {
    for address in six(1, 2) { rotation.failed(address, at: start) }
    #expect(rotation.order(six(1, 2) + four(1), at: start) == four(1) + six(1, 2))
  }

  @Test mutating func whereAllFailedTheyRotateAsIfNoneHad() {
    for address in four(1, 2) { rotation.failed(address, at: start) }
    let orders = (0..<2).map { _ in rotation.order(four(1, 2), at: start) }
    #expect(orders == [four(1, 2), four(2, 1)])
  }

  @Test mutating func anAddressThatWasReachedIsTriedInItsTurnAgain() {
    rotation.failed(four(1)[0], at: start)
    rotation.reached(four(1)[0])
    #expect(rotation.order(four(1, 2), at: start) == four(1, 2))
  }

  @Test mutating func noAddressesAreNoOrderAndTheTurnNeverOverflows() {
    rotation = AddressRotation(turn: .max)
    #expect(rotation.order([], at: start).isEmpty)
    let orders = (0..<3).map { _ in rotation.order(four(1, 2), at: start) }
    #expect(orders == [four(1, 2), four(2, 1), four(1, 2)])
  }
}
