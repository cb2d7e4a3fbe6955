import Testing

@testable import Caching

/// S3-FIFO against LRU with the same bytes, on the same seeded requests: 20,000 sections of 0.5 to 3 KB, of which a tenth fits.
@Suite struct HitRateTests {
  private struct Rates {
    var s3fifo = 0.0
    var lru = 0.0
  }

  private static let population = 20_000
  private static let keys = (0..<population).map { CacheKey(number: $0) }

  /// 0.5 to 3 KB, the same for a key whenever it comes.
  private static func cost(of number: Int) -> Int { 500 + number &* 7919 % 2500 }

  /// - Parameter scan: after every 5000 requests so many keys are asked for that never come again; they count neither as hit nor as miss.
  private static func rates(alpha: Double, requests: Int, scan: Int) -> Rates {
    let capacity = (0..<population).reduce(0) { $0 + cost(of: $1) + 200 } / 10
    let cache = MemoryCache<Void>(capacity: capacity, shards: 8, seed: 1)
    var lru = LRUCache(capacity: capacity)
    var trace = ZipfTrace(population: population, alpha: alpha, seed: 9)
    var (hits, lruHits, scanned) = (0, 0, population)
    for request in 0..<requests {
      let number = trace.next()
      let key = keys[number]
      if cache.value(for: key) != nil { hits += 1 } else { cache.store((), for: key, cost: cost(of: number)) }
      if lru.hit(number) { lruHits += 1 } else { lru.store(number, cost: cost(of: number) + 200) }
      guard scan > 0, request % 5000 == 4999 else { continue }
      for _ in 0..<scan {
        scanned += 1
        cache.store((), for: CacheKey(number: scanned), cost: cost(of: scanned))
        lru.store(scanned, cost: cost(of: scanned) + 200)
      }
    }
    let rates = Rates(s3fifo: Double(hits) / Double(requests), lru: Double(lruHits) / Double(requests))
    // The bench of the cache reads this line.
    print("hit rate: zipf \(alpha)\(scan > 0 ? ", scanned" : ""): S3-FIFO \(rates.s3fifo), LRU \(rates.lru)")
    return rates
  }

  @Test(arguments: [0.7, 0.9, 1.1]) func onAZipfTraceItHitsAtLeastAsOftenAsLRU(alpha: Double) {
    let rates = Self.rates(alpha: alpha, requests: 60_000, scan: 0)
    #expect(rates.s3fifo >= rates.lru - 0.01, "\(rates)")
    #expect(rates.lru > 0.1)
  }

  @Test(arguments: [0.7, 0.9, 1.1]) func aScanDoesNotWashItOut(alpha: Double) {
    let rates = Self.rates(alpha: alpha, requests: 60_000, scan: 2000)
    #expect(rates.s3fifo >= rates.lru + 0.05, "\(rates)")
  }
}
