#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a small regular file whole. Never blocks on a pipe or a device, never reads more than the limit.
package enum FileBytes {
  /// Why a file was not read, as a phrase for a problem.
  package struct Unreadable: Error {
    package let reason: String
  }

  package static func read(path: String, limit: Int) throws(Unreadable) -> [UInt8] {
    guard !path.utf8.contains(0) else { throw Unreadable(reason: "a NUL in the path") }
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Unreadable(reason: reason(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Unreadable(reason: reason(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Unreadable(reason: "not a regular file") }
    return try contents(of: descriptor, limit: limit)
  }

  private static func contents(of descriptor: Int32, limit: Int) throws(Unreadable) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, into: $0) }
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw Unreadable(reason: reason(errno))
      }
      bytes += chunk.prefix(count)
      guard bytes.count <= limit else { throw Unreadable(reason: "larger than \(ByteSizeText.render(limit))") }
    }
  }

  private static func reason(_ code: Int32) -> String {
    code == ENOENT ? "no such file" : String(cString: strerror(code)).lowercased()
  }
}

/// `read(2)`, under a name of its own: inside `FileBytes` the plain name is its method.
private func systemRead(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}
