import NIOCore

/// What was found when a section's body was read, stored with it: whoever gets it from Redis need not read it again.
///
/// The envelope's digest vouches for it, as for the body. A version of the program that would find something else in the same body
/// writes envelopes of another schema.
package struct BodyFindings: Sendable, Equatable {
  package var digest: BodyDigest
  package var rowCount: Int64
  /// What the body itself says its size is; any number.
  package var declaredCount: Int64
  package var oddRows: Int64
  /// What keeping the section takes, in bytes.
  package var cost: Int64

  package init(digest: BodyDigest, rowCount: Int, declaredCount: Int64, oddRows: Int, cost: Int) {
    self.digest = digest
    (self.rowCount, self.declaredCount) = (Int64(rowCount), declaredCount)
    (self.oddRows, self.cost) = (Int64(oddRows), Int64(cost))
  }

  /// Nothing that is counted is more than there are bytes, and nothing takes more memory than this for each of them.
  private static let mostCost: Int64 = 256

  /// - Parameter size: of the body, in bytes.
  init?(reading bytes: inout ByteBuffer, size: Int) {
    let most = Int64(size)
    guard let high = bytes.readInteger(as: UInt64.self), let low = bytes.readInteger(as: UInt64.self),
      let rowCount = bytes.readInteger(as: Int64.self), 0...most ~= rowCount,
      let declaredCount = bytes.readInteger(as: Int64.self),
      let oddRows = bytes.readInteger(as: Int64.self), 0...most ~= oddRows,
      let cost = bytes.readInteger(as: Int64.self), most...(4096 + most * Self.mostCost) ~= cost
    else { return nil }
    digest = BodyDigest(high: high, low: low)
    self.rowCount = rowCount
    self.declaredCount = declaredCount
    self.oddRows = oddRows
    self.cost = cost
  }

  func write(to bytes: inout ByteBuffer) {
    bytes.writeInteger(digest.high)
    bytes.writeInteger(digest.low)
    for number in [rowCount, declaredCount, oddRows, cost] { bytes.writeInteger(number) }
  }
}
