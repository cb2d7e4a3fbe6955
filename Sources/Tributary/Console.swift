import Glibc

/// What a person at a terminal is told; log lines go elsewhere.
enum Console {
  /// To standard output, at once.
  static func say(_ line: String) { write(line, to: 1) }

  /// To standard error, at once.
  static func complain(_ line: String) { write(line, to: 2) }

  private static func write(_ line: String, to descriptor: Int32) {
    var rest = Array("\(line)\n".utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 { rest = rest.dropFirst(written) } else if errno != EINTR { return }
    }
  }
}
