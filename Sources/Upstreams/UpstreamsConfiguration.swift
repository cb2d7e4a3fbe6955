/// How much invented data the fakes hold. The same value gives the same bytes, on every machine.
package struct DataSize: Sendable, Hashable {
  /// Users, with ids 1…users.
  package var users: Int
  /// Rows of scraped accounts, with ids 1…accounts, dealt out to the users in turn.
  package var accounts: Int
  /// Posts that metrics knows.
  package var posts: Int
  /// Rows of the global dashboard.
  package var rows: Int
  package var seed: UInt64

  /// The defaults make an ordinary page view (about 40 KB in all). Negative counts are 0.
  package init(users: Int = 20, accounts: Int = 25, posts: Int = 50, rows: Int = 10, seed: UInt64 = 1) {
    self.users = max(0, users)
    self.accounts = max(0, accounts)
    self.posts = max(0, posts)
    self.rows = max(0, rows)
    self.seed = seed
  }
}

/// What `FakeUpstreams` needs in order to start.
package struct UpstreamsConfiguration: Sendable {
  /// The address that all listeners are bound to.
  package var host: String
  /// 0: any free ports. Otherwise users = base + 1 … dashboard = base + 4, and their control ports base + 11 … base + 14.
  package var portBase: Int
  package var size: DataSize
  package var credentials: FakeCredentials
  /// Faults that are there from the start; a service that is not named has none.
  package var faults: [ServiceName: Fault]
  /// A constant time before every answer of a service (not before `/_fault` and `/_stats`), added to what a fault waits.
  package var latencies: [ServiceName: Duration]

  package init(
    host: String = "127.0.0.1", portBase: Int = 0, size: DataSize = DataSize(), credentials: FakeCredentials = FakeCredentials(),
    faults: [ServiceName: Fault] = [:], latencies: [ServiceName: Duration] = [:]
  ) {
    self.host = host
    self.portBase = portBase
    self.size = size
    self.credentials = credentials
    self.faults = faults
    self.latencies = latencies
  }
}
