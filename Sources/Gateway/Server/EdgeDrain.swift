import Synchronization

/// Whether the edge is being drained: every answer then asks its client to go (`Connection: close`).
package final class EdgeDrain: Sendable {
  private let flag = Atomic<Bool>(false)

  package init() {}

  package var isDraining: Bool { flag.load(ordering: .relaxed) }

  package func start() { flag.store(true, ordering: .relaxed) }
}
