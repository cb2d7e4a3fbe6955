#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// By what a file is seen to have changed without being read: another file stands at its path, or it was written to.
package struct FileStamp: Sendable, Hashable {
  private let device: UInt64
  private let inode: UInt64
  private let size: Int64
  /// The time of the last write, as the system has it; compared, never read.
  private let modified: [UInt8]

  /// Nil where there is nothing to be looked at. Links are followed: a secret that is mounted changes by having its link replaced.
  package init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    modified = withUnsafeBytes(of: status.st_mtim) { Array($0) }
  }
}
