import Glibc
import Settings

/// The file that API keys are kept in: a line each, in JSON; empty lines and lines that begin with `#` do not count.
package struct APIKeyFile: Sendable {
  package let path: String

  /// Of the file, in bytes: some 15,000 keys.
  private static let limit = 4 << 20

  package init(path: String) { self.path = path }

  /// Why it cannot be used, as the rest of a sentence that begins with "the file".
  package struct Fault: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }

    package static let missing = Fault(reason: "is not there")
  }

  /// All keys, in the order of the file. One bad line spoils all: half of the keys is not what anybody meant.
  package func read() throws(Fault) -> [APIKey] {
    guard let stamp = FileStamp(path: path) else { throw .missing }
    guard !stamp.isOpenToAll else { throw Fault(reason: "everybody may write to") }
    let bytes: [UInt8]
    do throws(FileBytes.Unreadable) {
      bytes = try FileBytes.read(path: path, limit: Self.limit)
    } catch {
      throw Fault(reason: "cannot be read (\(error.reason))")
    }
    return try Self.keys(bytes)
  }

  static func keys(_ bytes: [UInt8]) throws(Fault) -> [APIKey] {
    var keys: [APIKey] = []
    var (names, ids) = (Set<String>(), Set<String>())
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      guard let first = line.first(where: { $0 != 0x20 && $0 != 0x0D }), first != UInt8(ascii: "#") else { continue }
      guard let key = APIKey(line: Array(line)) else { throw Fault(reason: "is no list of API keys (line \(number + 1))") }
      guard names.insert(key.name).inserted, ids.insert(key.id).inserted else {
        throw Fault(reason: "has a key twice (line \(number + 1))")
      }
      keys.append(key)
    }
    return keys
  }
}

/// What of a file shows that it is another one than before.
struct FileStamp: Equatable {
  private let device: UInt64
  private let inode: UInt64
  private let size: Int64
  private let changed: (seconds: Int, nanoseconds: Int)
  private let mode: UInt32

  /// Nil where there is none.
  init?(path: String) {
    var status = stat()
    guard !path.utf8.contains(0), stat(path, &status) == 0 else { return nil }
    (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
    changed = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    mode = UInt32(status.st_mode)
  }

  /// Whether everybody on this machine may change it.
  var isOpenToAll: Bool { mode & UInt32(S_IWOTH) != 0 }

  static func == (a: FileStamp, b: FileStamp) -> Bool {
    (a.device, a.inode, a.size, a.mode) == (b.device, b.inode, b.size, b.mode) && a.changed == b.changed
  }
}
