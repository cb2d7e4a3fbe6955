/// How much is on its way to Redis from one event loop. Nobody waits for what is stored, so nothing but this keeps it from piling
/// up.
final class PutWindow {
  private let maxCount: Int
  private let maxBytes: Int
  private var count = 0
  private var bytes = 0

  init(maxCount: Int, maxBytes: Int) {
    self.maxCount = maxCount
    self.maxBytes = maxBytes
  }

  /// Room for one more; one alone may be larger than the bound. To be followed by `leave`.
  func enter(_ size: Int) -> Bool {
    guard count < maxCount, count == 0 || size <= maxBytes - bytes else { return false }
    count += 1
    bytes += size
    return true
  }

  func leave(_ size: Int) {
    count -= 1
    bytes -= size
  }
}
