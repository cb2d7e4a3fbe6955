@testable import Gateway

/// Foundation has an `Operation` too.
typealias DescribedOperation = Operation
