import Aggregation
import Clients

extension [SectionReport] {
  /// `Server-Timing`: one entry an upstream, with the time from asking to knowing in milliseconds and the status word.
  var serverTiming: String {
    var text = ""
    for report in self {
      if !text.isEmpty { text += ", " }
      text += report.place.upstream
      text += ";dur="
      text += report.took.millisecondsText
      text += ";desc=\""
      text += report.status.rawValue
      text += "\""
    }
    return text
  }

  /// `Cache-Status` (RFC 9211): one member a section; nil if none of them is cached.
  var cacheStatus: String? {
    guard contains(where: { $0.cache != nil }) else { return nil }
    var field = CacheStatusField(sections: count)
    for report in self { field.add(CacheStatusName(section: report.place.section), report.cacheUse) }
    return field.value
  }

  /// `Proxy-Status` (RFC 9209): one member for each upstream that failed; nil if none did.
  var proxyStatus: String? {
    let failed = compactMap { report -> String? in
      guard let failure = report.failure else { return nil }
      var member = "tributary;next-hop=\"\(report.place.upstream)\""
      if let error = failure.proxyError { member += ";error=\(error)" }
      if let status = failure.receivedStatus { member += ";received-status=\(status)" }
      return member + ";details=\"\(failure.reason.rawValue)\""
    }
    return failed.isEmpty ? nil : failed.joined(separator: ", ")
  }
}

extension SectionReport {
  fileprivate var cacheUse: SectionCacheUse {
    guard let cache else { return failure.map { .failed(status: $0.receivedStatus) } ?? .bypass }
    // Rounded down, also where it is over.
    let seconds = cache.timeToLive >= 0 ? cache.timeToLive / 1000 : (cache.timeToLive - 999) / 1000
    return switch cache.course {
    case .hit, .stale: .hit(.memory, ttl: seconds)
    case .sharedHit: .hit(.redis, ttl: seconds)
    case .miss: .fetched(status: nil, isStored: cache.isStored)
    case .collapsed: .collapsed
    case .staleOnError: .staleForFailure(status: failure?.receivedStatus, ttl: seconds)
    }
  }
}

extension Duration {
  /// In milliseconds with two decimals, such as `12.05`.
  var millisecondsText: String {
    let hundredths = components.seconds * 100_000 + components.attoseconds / 10_000_000_000_000
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }
}
