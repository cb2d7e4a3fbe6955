import Gateway
import Upstreams

extension DemoControl {
  /// The switches of the fake services.
  init(_ fakes: FakeUpstreams) {
    self.init(
      services: ServiceName.allCases.map { name in
        Service(name: name.rawValue, fault: { fakes.fault(of: name).description }) { text in
          let fault: Fault
          do throws(FaultTextError) { fault = try Fault(text) } catch { throw Refusal(error.description) }
          try await fakes.setFault(fault, of: name)
        }
      })
  }
}
