#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

struct TemporaryFileFailed: Error {}

/// A new file with these bytes; the caller removes it.
func temporaryFile(_ bytes: [UInt8]) throws -> String {
  let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  var template = Array("\(folder)/tributary-settings-XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  guard descriptor >= 0 else { throw TemporaryFileFailed() }
  defer { close(descriptor) }
  guard write(descriptor, bytes, bytes.count) == bytes.count else { throw TemporaryFileFailed() }
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func temporaryFile(_ text: String) throws -> String {
  try temporaryFile(Array(text.utf8))
}
