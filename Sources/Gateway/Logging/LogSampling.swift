import Aggregation
import Hummingbird
package import Settings
import Synchronization

/// Which access lines of healthy requests are written (`log.sample_healthy`, `log.slow`): every one unless configured otherwise.
///
/// Healthy is an answer below 400 that is complete and came in time; all others are always written. Not by chance: of each ten, one, where
/// the ratio says a tenth.
package final class LogSampling: Sendable {
  package struct Configuration: Sendable, Equatable {
    /// Of the healthy ones, 0 to 1.
    package var ratio = 1.0
    /// From here a request is slow.
    package var slow = Duration.seconds(1)

    package init() {}

    /// - Parameter settings: the scope `log`.
    package init(reading settings: SettingsReader) {
      ratio = settings.number("sample_healthy", default: ratio, in: 0...1)
      slow = settings.duration("slow", default: slow, in: .zero ... .seconds(300))
    }
  }

  private let configuration: Configuration
  /// What one line adds to the sum, of 2³².
  private let step: UInt64
  private let sum = Atomic<UInt64>(0)

  package init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    step = UInt64(configuration.ratio * 0x1p32)
  }

  func writes(status: Int, _ sections: [SectionReport], took: Duration) -> Bool {
    if step >= 1 << 32 { return true }
    if status >= 400 || took >= configuration.slow { return true }
    if !sections.allSatisfy(\.state.isComplete) { return true }
    let sum = sum.wrappingAdd(step, ordering: .relaxed)
    return sum.newValue >> 32 != sum.oldValue >> 32
  }
}
