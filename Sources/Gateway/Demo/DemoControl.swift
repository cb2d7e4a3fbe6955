/// What a visitor of the demo may break: the services behind it, each in one of the ways that have a name.
package struct DemoControl: Sendable {
  package struct Service: Sendable {
    let name: String
    let fault: @Sendable () -> String
    let setFault: @Sendable (String) async throws -> Void

    /// - Parameters:
    ///   - fault: the one that is in force, in text.
    ///   - setFault: returns when the next request meets the new one; throws ``Refusal`` for a text that names none.
    package init(
      name: String, fault: @escaping @Sendable () -> String, setFault: @escaping @Sendable (String) async throws -> Void
    ) {
      self.name = name
      self.fault = fault
      self.setFault = setFault
    }
  }

  /// Why a fault is not set: a sentence.
  package struct Refusal: Error {
    let sentence: String

    package init(_ sentence: String) { self.sentence = sentence }
  }

  let services: [Service]

  package init(services: [Service]) { self.services = services }
}
