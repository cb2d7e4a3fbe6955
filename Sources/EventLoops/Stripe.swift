import Glibc
package import NIOCore
import Synchronization

/// Which stripe of ``StripedCells`` a thread writes to: one of its own for each event loop that was given one, and number 0 for all other
/// threads together.
package enum Stripe {
  /// What all threads without a stripe of their own share.
  package static let shared = 0

  private static let last = Atomic(0)
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    let code = pthread_key_create(&key, nil)
    precondition(code == 0, "no thread-local key: \(code)")
    return key
  }()

  /// Of the calling thread.
  package static var current: Int { Int(bitPattern: pthread_getspecific(key)) }

  /// Gives each loop of the group a number that no other thread of the process has, now or later.
  ///
  /// - Returns: how many stripes there are now, the shared one included.
  package static func assign(to group: any EventLoopGroup) async throws -> Int {
    for loop in group.makeIterator() {
      try await loop.submit {
        guard current == shared else { return }
        pthread_setspecific(key, UnsafeRawPointer(bitPattern: last.wrappingAdd(1, ordering: .relaxed).newValue))
      }.get()
    }
    return last.load(ordering: .relaxed) + 1
  }
}
