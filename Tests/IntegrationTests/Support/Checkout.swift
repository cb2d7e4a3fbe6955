/// Where things lie, relative to this file.
enum Checkout {
  /// The package's root, without a slash at the end.
  static let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

  /// The program under test, as `swift build` leaves it.
  static let binary = root + "/.build/debug/tributary"

  static let brokenFiles = root + "/Tests/IntegrationTests/Broken"
}
