extension EdgeConnections {
  /// Until no connection is open; what is left at `end` is cut.
  ///
  /// - Parameter willCut: called before that, if there is something left.
  func waitUntilClosed(
    cuttingAt end: ContinuousClock.Instant, willCut: @escaping @Sendable () -> Void = {}
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await self.waitUntilClosed() }
      tasks.addTask {
        try await Task.sleep(until: end, clock: .continuous)
        willCut()
        self.closeAll()
        await self.waitUntilClosed()
      }
      try await tasks.next()
      tasks.cancelAll()
    }
  }
}
