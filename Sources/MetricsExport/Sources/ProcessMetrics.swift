import Glibc

/// What the kernel says of this process, under the names that Prometheus' clients have for it. What cannot be read is left out.
package struct ProcessMetrics: MetricsSource {
  private let began: Double?

  package init() {
    began = Self.stat().flatMap { stat in Self.bootTime().map { $0 + stat.started } }
  }

  package func samples() async -> [MetricSample] {
    var samples: [MetricSample] = []
    if let stat = Self.stat() {
      samples.append(MetricSample("process_cpu_seconds_total", [], stat.processor))
      samples.append(MetricSample("process_virtual_memory_bytes", [], stat.virtual))
      samples.append(MetricSample("process_resident_memory_bytes", [], stat.resident))
      samples.append(MetricSample("process_threads", [], stat.threads))
    }
    if let count = Self.openDescriptors() { samples.append(MetricSample("process_open_fds", [], count)) }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      samples.append(MetricSample("process_max_fds", [], Double(limit.rlim_cur)))
    }
    if let began { samples.append(MetricSample("process_start_time_seconds", [], began)) }
    return samples
  }

  /// Fields of `/proc/self/stat` (proc(5)).
  struct Stat: Equatable {
    /// Seconds, user and system.
    let processor: Double
    /// Seconds after the machine.
    let started: Double
    let threads: Double
    /// Bytes.
    let virtual: Double
    let resident: Double

    /// - Parameters:
    ///   - ticks: a second.
    ///   - page: bytes.
    init?(_ text: String, ticks: Double, page: Double) {
      // The name, in parentheses, may hold anything.
      guard let end = text.lastIndex(of: ")") else { return nil }
      let fields = text[text.index(after: end)...].split(separator: " ").map { Double($0) }
      guard fields.count > 21, let user = fields[11], let system = fields[12], let threads = fields[17],
        let started = fields[19], let virtual = fields[20], let pages = fields[21]
      else { return nil }
      processor = (user + system) / ticks
      self.started = started / ticks
      self.threads = threads
      self.virtual = virtual
      resident = pages * page
    }
  }

  private static func stat() -> Stat? {
    text(of: "/proc/self/stat").flatMap {
      Stat($0, ticks: Double(sysconf(Int32(_SC_CLK_TCK))), page: Double(sysconf(Int32(_SC_PAGESIZE))))
    }
  }

  /// When the machine was started, seconds of Unix time.
  private static func bootTime() -> Double? {
    text(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
  }

  private static func openDescriptors() -> Int? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Without `.`, `..` and the folder's own.
    return max(count - 3, 0)
  }

  private static func text(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(file, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
      bytes += part.prefix(count)
    }
  }
}
