import NIOCore
import Redis
import Resilience

/// The loop's side of ``PurgeChannel``. Belongs to its event loop.
final class PurgeExchange {
  let eventLoop: any EventLoop
  private let client: RedisClient
  private let options: PurgeChannel.Options
  private let codec: PurgeCodec
  private let sender = UInt64.random(in: .min ... .max)
  private let tell: (SharedLevelEvent) -> Void
  private let received: (PurgeMarks) -> Void
  private var state = PurgeState()
  private var timer: Scheduled<Void>?
  private(set) var statistics = PurgeChannel.Statistics()

  init(
    client: RedisClient, options: PurgeChannel.Options, eventLoop: any EventLoop, tell: @escaping (SharedLevelEvent) -> Void,
    received: @escaping (PurgeMarks) -> Void
  ) {
    self.client = client
    self.options = options
    self.eventLoop = eventLoop
    self.tell = tell
    self.received = received
    codec = PurgeCodec(secret: options.secret, prefix: options.prefix)
  }

  // MARK: Listening

  func happened(_ event: RedisSubscription.Event) {
    switch event {
    case .live:
      state.heard()
      goOn()
    case .lost:
      state.lost()
    case .message(_, let bytes):
      take(bytes)
    }
    note()
  }

  func shutDown() {
    state.shutDown()
    timer?.cancel()
    note()
  }

  private func take(_ bytes: ByteBuffer) {
    do throws(PurgeMessage.Refusal) {
      let message = try codec.decode(bytes)
      guard message.sender != sender else { return }
      statistics.received += 1
      var marks = PurgeMarks()
      marks.merge(message.marks, notAfter: options.now().later(byMilliseconds: Freshness.clockSkew))
      if !marks.isEmpty { received(marks) }
    } catch {
      statistics.refusals[error, default: 0] += 1
      tell(.purgeRefused(error))
    }
  }

  // MARK: What is left to do

  /// Catches up, then spreads what is pending; again after a pause, as long as it fails.
  private func goOn() {
    switch state.next(prunedUpTo: options.now().later(byMilliseconds: -options.lifetimeMilliseconds)) {
    case .none: break
    case .catchUp: catchUp()
    case .spread(let marks):
      spread(marks) { _ in
        self.state.spread()
        // What failed meanwhile found this under way.
        if !self.state.pending.isEmpty { self.goOnLater() }
      }
    }
    note()
  }

  private func catchUp() {
    client.run(
      PurgeScripts.read, keys: [options.key],
      arguments: [.integer(2 * options.maxMessages), .integer(Int64(PurgeCodec.maxBytes))],
      on: eventLoop
    ) { outcome in
      switch outcome {
      case .success(.array(let replies)):
        for case .string(let bytes) in replies { self.take(bytes) }
        self.state.caughtUp(true)
        self.goOn()
      case .success, .failure:
        if case .failure(let error) = outcome { self.tell(.failed(error)) }
        self.state.caughtUp(false)
        self.goOnLater()
      }
      self.note()
    }
  }

  private func goOnLater() {
    timer?.cancel()
    timer = eventLoop.assumeIsolated().scheduleTask(in: options.pause) { self.goOn() }
  }

  private func note() {
    statistics.isLive = state.isLive
    statistics.isCaughtUp = state.isCaughtUp
    statistics.pendingTags = state.pending.tags.count
  }

  // MARK: Spreading

  /// Keeps the marks in Redis, then publishes them: who is not listening yet finds them there.
  func spread(_ marks: PurgeMarks, then: @escaping (Result<Void, RedisError>) -> Void) {
    let messages = codec.encode(marks, sender: sender)
    keep(messages[...], floor: 0) { kept in
      self.publish(messages[...]) { published in
        let result = kept.flatMap { published }
        if case .failure(let error) = result {
          self.tell(.failed(error))
          self.state.failed(marks)
          self.goOnLater()
        } else {
          self.statistics.spread += messages.count
        }
        then(result)
        self.note()
      }
    }
  }

  /// A few at a time, one batch after the other.
  private func keep(_ messages: ArraySlice<ByteBuffer>, floor: Int64, then: @escaping (Result<Void, RedisError>) -> Void) {
    guard !messages.isEmpty else { return then(.success(())) }
    let numbers: [RedisArgument] = [
      .integer(options.lifetimeMilliseconds), .integer(options.maxMessages), .integer(floor),
    ]
    let batch = messages.prefix(Self.batch).map { RedisArgument.buffer($0) }
    client.run(PurgeScripts.keep, keys: [options.key], arguments: numbers + batch, on: eventLoop) { outcome in
      switch outcome {
      case .success(.integer(let floor)) where floor > 0: self.fold(upTo: floor, messages.dropFirst(Self.batch), then)
      case .success: self.keep(messages.dropFirst(Self.batch), floor: 0, then: then)
      case .failure(let error): then(.failure(error))
      }
    }
  }

  /// There are too many: one message that everything is purged up to a moment takes the place of those up to it. That hits more
  /// than was meant, in replicas that have yet to catch up, and never less. Those that listen have no need of it.
  private func fold(
    upTo floor: Int64, _ rest: ArraySlice<ByteBuffer>, _ then: @escaping (Result<Void, RedisError>) -> Void
  ) {
    var marks = PurgeMarks()
    marks.purge(
      PurgeMarks.everything, mode: .hard, at: Timestamp(milliseconds: floor).later(byMilliseconds: Freshness.clockSkew))
    keep(codec.encode(marks, sender: sender) + rest, floor: floor, then: then)
  }

  private func publish(_ messages: ArraySlice<ByteBuffer>, then: @escaping (Result<Void, RedisError>) -> Void) {
    guard let first = messages.first else { return then(.success(())) }
    client.send(.publish(options.channel, first), on: eventLoop) { outcome in
      switch outcome {
      case .success: self.publish(messages.dropFirst(), then: then)
      case .failure(let error): then(.failure(error))
      }
    }
  }

  private static let batch = 32
}

extension Timestamp {
  fileprivate func later(byMilliseconds length: Int64) -> Timestamp {
    let (sum, overflow) = milliseconds.addingReportingOverflow(length)
    return Timestamp(milliseconds: overflow ? (length < 0 ? .min : .max) : sum)
  }
}
