/// Where moments of civil time come from: the clock of the machine, or one that stands still. An answer that is rehearsed has the same
/// bytes whenever it is.
package struct WallClock: Sendable {
  private let standing: Timestamp?

  /// The clock of the machine.
  package static let system = WallClock(standing: nil)

  /// It is always that moment.
  package static func standing(at moment: Timestamp) -> WallClock { WallClock(standing: moment) }

  package func now() -> Timestamp { standing ?? .now() }
}
