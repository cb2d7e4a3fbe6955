import EventLoops
import NIOCore
import NIOPosix
import Testing

@testable import Clients

@Suite(.timeLimit(.minutes(1))) struct TimeAndCancellationTests {
  @Test func theDeadlineEndsTheExchangeAndItsConnection() async throws {
    try await withServer([.request, .send(ok), .request, .pause]) { transport, server in
      #expect(await transport.result().text == "ok")
      let start = NIODeadline.now()
      #expect(await transport.result(within: .milliseconds(50)).error == .timeout)
      #expect(NIODeadline.now() - start >= .milliseconds(50))
      await server.event(.closed(0))
      #expect(transport.counts.open == 0)
    }
  }

  @Test func aDeadlineInTheMiddleOfABodyEndsIt() async throws {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhe"
    try await withServer([.request, .send(ok), .request, .send(half), .pause]) { transport, server in
      #expect(await transport.result().text == "ok")
      #expect(await transport.result(within: .milliseconds(50)).error == .timeout)
      await server.event(.closed(0))
    }
  }

  @Test func anEarlierDeadlineOvertakesALaterOne() async throws {
    try await withServer([.request, .pause]) { transport, _ in
      let long = Task { await transport.result(within: .seconds(20)) }
      #expect(await transport.result(within: .milliseconds(40)).error == .timeout)
      long.cancel()
      #expect(await long.value.error == .cancelled)
    }
  }

  @Test func aPastDeadlineConnectsToNothing() async throws {
    try await withServer([]) { transport, _ in
      #expect(await transport.result(within: .seconds(-1)).error == .timeout)
      #expect(transport.counts.open == 0)
    }
  }

  @Test func aDeadlineEndsTheWaitForAConnection() async throws {
    var limits = TransportLimits.patient
    limits.maxConnections = 1
    try await withServer([.request, .pause, .send(ok), .pause], limits: limits) { transport, server in
      async let first = transport.result()
      await server.event(.paused(0))
      #expect(await transport.result(within: .milliseconds(40)).error == .timeout)
      #expect(transport.counts.waiting == 0)
      server.resume()
      #expect(await first.text == "ok")
    }
  }

  @Test func cancellingClosesTheExchange() async throws {
    try await withServer([.request, .pause]) { transport, server in
      let task = Task { await transport.result() }
      await server.event(.paused(0))
      task.cancel()
      #expect(await task.value.error == .cancelled)
      await server.event(.closed(0))
      #expect(transport.counts.open == 0)
    }
  }

  @Test func cancellingEndsTheWaitForAConnection() async throws {
    var limits = TransportLimits.patient
    limits.maxConnections = 1
    try await withServer([.request, .pause, .send(ok), .pause], limits: limits) { transport, server in
      async let first = transport.result()
      await server.event(.paused(0))
      let second = Task { await transport.result() }
      while transport.counts.waiting == 0 { await Task.yield() }
      second.cancel()
      #expect(await second.value.error == .cancelled)
      #expect(transport.counts.waiting == 0)
      server.resume()
      #expect(await first.text == "ok")
    }
  }

  @Test func aCancelledTaskConnectsToNothing() async throws {
    try await withServer([]) { transport, _ in
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await transport.result()
      }
      #expect(await task.value.error == .cancelled)
      #expect(transport.counts.open == 0)
    }
  }

  @Test func aRefusedPortIsDecidedAtOnce() async throws {
    let server = try await ScriptedServer.start { _ in [] }
    try await server.stop()
    try await onLoop { loop in
      for host in ["127.0.0.1", "localhost"] {
        let transport = Transport(endpoint: Endpoint(host: host, port: server.port), limits: .patient, eventLoop: loop)
        #expect(await transport.result().error == .connectRefused)
        #expect(transport.counts.open == 0)
      }
    }
  }

  @Test func anUnknownHostIsDecidedInTime() async throws {
    try await onLoop { loop in
      let transport = Transport(endpoint: Endpoint(host: "no-such-host.invalid", port: 80), eventLoop: loop)
      let start = NIODeadline.now()
      #expect([.connectFailed, .connectTimeout].contains(await transport.result().error))
      #expect(NIODeadline.now() - start < .seconds(2))
    }
  }

  /// A listener whose queue is full answers no SYN.
  @Test func aPeerThatDoesNotAnswerIsGivenUpInTime() async throws {
    let listener = try SilentListener()
    defer { listener.close() }
    try await onLoop { loop in
      var limits = TransportLimits.patient
      limits.connectTimeout = .milliseconds(60)
      let transport = Transport(endpoint: Endpoint(host: "127.0.0.1", port: listener.port), limits: limits, eventLoop: loop)
      #expect(await transport.result().error == .connectTimeout)
      #expect(await transport.result(within: .milliseconds(20)).error == .timeout)
      transport.shutDown()
    }
  }

  @Test func aHostNameIsLookedUp() async throws {
    let server = try await ScriptedServer.start { _ in [.request, .send(ok), .close] }
    try await onLoop { loop in
      let transport = Transport(endpoint: Endpoint(host: "localhost", port: server.port), limits: .patient, eventLoop: loop)
      for _ in 0..<3 { #expect(await transport.result().text == "ok") }
    }
    try await server.stop()
  }

  @Test func shuttingDownEndsEverything() async throws {
    var limits = TransportLimits.patient
    limits.maxConnections = 1
    try await withServer([.request, .pause], limits: limits) { transport, server in
      async let underWay = transport.result()
      async let waiting = transport.result()
      await server.event(.paused(0))
      transport.shutDown()
      #expect(await underWay.error == .shutDown)
      #expect(await waiting.error == .shutDown)
      await server.event(.closed(0))
      #expect(await transport.result().error == .shutDown)
      #expect(transport.counts.open == 0)
    }
  }

  @Test func theCallerStaysOnTheLoop() async throws {
    try await withServer([.request, .send(ok), .request, .send(ok), .pause]) { transport, _ in
      #expect(transport.eventLoop.inEventLoop)
      #expect(await transport.result().text == "ok")
      #expect(transport.eventLoop.inEventLoop)
      async let child = { (await transport.result().text, transport.eventLoop.inEventLoop) }()
      #expect(await child == ("ok", true))
    }
  }

  @Test func aCallerFromElsewhereIsServedToo() async throws {
    let server = try await ScriptedServer.start { _ in [.request, .send(ok), .request, .pause] }
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let endpoint = Endpoint(host: "127.0.0.1", port: server.port)
    let transport = try await loop.submit { Transport(endpoint: endpoint, limits: .patient, eventLoop: loop) }.get()
    #expect(await transport.result().text == "ok")
    #expect(!loop.inEventLoop)
    let task = Task { await transport.result() }
    await server.event(.paused(0))
    task.cancel()
    #expect(await task.value.error == .cancelled)
    await server.event(.closed(0))
    transport.shutDown()
    #expect(await transport.result().error == .shutDown)
    try await server.stop()
  }
}
