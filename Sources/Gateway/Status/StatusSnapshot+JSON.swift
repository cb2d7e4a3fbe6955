import Aggregation
import Clients
import RawJSON
import Resilience

extension StatusSnapshot {
  /// `/status.json`, in one line.
  var json: [UInt8] {
    var writer = JSONWriter(capacity: 8192)
    writer.object { writer in
      writer.key("at")
      writer.string(at.rfc3339)
      writer.key("version")
      writer.string(version)
      writer.key("started_at")
      writer.string(startedAt.rfc3339)
      writer.key("uptime_s")
      writer.int(max(at.milliseconds - startedAt.milliseconds, 0) / 1000)
      writer.key("ready")
      writer.bool(!isDraining)
      write(reloads, to: &writer)
      writer.key("replicas")
      if let replicas { writer.int(replicas) } else { writer.null() }
      write(redis, to: &writer)
      write(memory, to: &writer)
      writer.key("services")
      writer.array { writer in for service in services { write(service, to: &writer) } }
      writer.key("sections")
      writer.array { writer in for section in sections { write(section, to: &writer) } }
      writer.key("partial")
      writer.array { writer in for answer in partial { write(answer, to: &writer) } }
    }
    return writer.bytes
  }

  private func write(_ reloads: ReloadRecord.State, to writer: inout JSONWriter) {
    writer.key("configuration")
    writer.object { writer in
      writer.key("in_use_since")
      writer.string(reloads.inUseSince.rfc3339)
      writer.key("reloads")
      writer.int(reloads.taken)
      writer.key("refused")
      writer.int(reloads.refused)
      writer.key("refused_at")
      writer.time(reloads.refusedAt)
    }
  }

  private func write(_ redis: StatusSources.RedisState?, to writer: inout JSONWriter) {
    writer.key("redis")
    guard let redis else { return writer.null() }
    writer.object { writer in
      writer.key("connected")
      writer.bool(redis.isConnected)
      writer.key("circuit")
      writer.string(redis.circuit)
      writer.key("error")
      writer.text(redis.error)
    }
  }

  private func write(_ memory: StatusSources.MemoryUse?, to writer: inout JSONWriter) {
    writer.key("cache")
    guard let memory else { return writer.null() }
    writer.object { writer in
      writer.key("bytes")
      writer.int(memory.bytes)
      writer.key("capacity")
      writer.int(memory.capacity)
      writer.key("entries")
      writer.int(memory.entries)
      writer.key("evictions")
      writer.int(memory.evictions)
    }
  }

  private func write(_ answer: PartialAnswer, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("at")
      writer.string(answer.at.rfc3339)
      writer.key("route")
      writer.string(answer.route)
      writer.key("request_id")
      writer.string(answer.requestID)
      writer.key("sections")
      writer.array { writer in
        for gap in answer.gaps {
          writer.object { writer in
            writer.key("section")
            writer.string(gap.section)
            writer.key("state")
            writer.string(gap.state)
            writer.key("reason")
            if let reason = gap.reason { writer.string(reason) } else { writer.null() }
          }
        }
      }
    }
  }
}

// MARK: Services and sections

extension StatusSnapshot {
  private func write(_ service: Service, to writer: inout JSONWriter) {
    let newest = service.health.newest
    writer.object { writer in
      writer.key("name")
      writer.string(service.name)
      writer.key("label")
      writer.string(service.label)
      writer.key("state")
      writer.string(newest?.verdict.word ?? "unknown")
      writer.key("reason")
      if case .unhealthy(let reason)? = newest?.verdict { writer.string(reason) } else { writer.null() }
      writer.key("latency_ms")
      writer.milliseconds(newest?.latency)
      writer.key("checked_at")
      writer.time(newest?.at)
      writer.key("last_success_at")
      writer.time(service.health.lastSuccess)
      writer.key("success_rate")
      writer.hundredths(service.health.successRate(at: at))
      writer.key("circuit")
      writer.string(service.circuit.rawValue)
      writer.key("in_flight")
      writer.int(service.inFlight)
      writer.key("queued")
      writer.int(service.queued)
      writer.key("latencies_ms")
      writer.array { writer in for latency in service.latencies { writer.milliseconds(latency) } }
    }
  }

  private func write(_ section: Section, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("name")
      writer.string(section.name)
      writer.key("upstream")
      writer.string(section.upstream)
      writer.key("state")
      writer.text(section.last?.state.rawValue)
      writer.key("reason")
      writer.text(section.last?.failure?.rawValue ?? (section.last?.state == .stale ? "revalidating" : nil))
      writer.key("fetched_at")
      writer.time(section.last?.fetchedAt)
      writer.key("answers")
      write(section.counts, to: &writer)
    }
  }

  private func write(_ counts: SectionTally.Counts, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("memory")
      writer.int(counts.memory)
      writer.key("shared")
      writer.int(counts.shared)
      writer.key("fetched")
      writer.int(counts.fetched)
      writer.key("joined")
      writer.int(counts.joined)
      writer.key("stale")
      writer.int(counts.stale)
      writer.key("missing")
      writer.int(counts.missing)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func text(_ text: String?) {
    if let text { string(text) } else { null() }
  }

  fileprivate mutating func hundredths(_ value: Double) { double((value * 100).rounded() / 100) }

  fileprivate mutating func time(_ time: Timestamp?) { text(time?.rfc3339) }

  fileprivate mutating func milliseconds(_ duration: Duration?) {
    if let duration { hundredths(duration / .milliseconds(1)) } else { null() }
  }
}
