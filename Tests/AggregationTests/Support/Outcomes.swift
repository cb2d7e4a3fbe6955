import Clients
import NIOCore
import RawJSON
import Resilience

@testable import Aggregation

/// A moment for each position, so that every section has a time of its own.
func moment(_ seconds: Int64) -> String { Timestamp(milliseconds: seconds * 1000).rfc3339 }

func outcome(
  _ definition: SectionDefinition, _ result: SectionOutcome.Result, label: String? = nil, oneUser: Bool = false
) -> SectionOutcome {
  let known = UpstreamDefinition.defaults.first { $0.name == definition.upstream }
  let place = SectionPlace(
    section: definition.name, upstream: definition.upstream, serviceLabel: label ?? known?.label ?? definition.upstream)
  let shape = oneUser ? definition.oneUser.shape : definition.everything.shape
  return SectionOutcome(place: place, filler: shape.filler, result: result, took: .milliseconds(1))
}

/// A section that came, `seconds` after 1970.
func fresh(_ name: String, _ body: String, at seconds: Int64 = 1, oneUser: Bool = false) throws -> SectionOutcome {
  let shape = oneUser ? definition(name).oneUser.shape : definition(name).everything.shape
  return outcome(definition(name), .fresh(try read(name, body, as: shape, at: seconds * 1000)), oneUser: oneUser)
}

/// A section of which nothing came but an empty body.
func empty(_ name: String, at seconds: Int64 = 1, oneUser: Bool = false) -> SectionOutcome {
  let shape = oneUser ? definition(name).oneUser.shape : definition(name).everything.shape
  let section = SectionReading(section: name, shape: shape).empty(fetchedAt: Timestamp(milliseconds: seconds * 1000))
  return outcome(definition(name), .fresh(section), oneUser: oneUser)
}

func missing(_ name: String, _ reason: CallFailure.Reason = .timeout, oneUser: Bool = false) -> SectionOutcome {
  outcome(definition(name), .missing(CallFailure(reason)), oneUser: oneUser)
}

let sectionNames = ["users", "scraped_accounts", "metrics", "dashboard_data"]

/// Bodies of the four sections, as small as they can be and not empty.
let smallBodies = [
  #"[{"id":1,"email":"a@x"}]"#, #"[{"id":9,"userId":1}]"#, metricsBody([post(engagement: "0.5")]), #"[{"adminId":1}]"#,
]

/// The four sections, fetched 1, 2, 3 and 4 seconds after 1970; those in `failures` are missing.
func page(_ bodies: [String] = smallBodies, failures: [String: CallFailure.Reason] = [:]) throws -> [SectionOutcome] {
  try sectionNames.enumerated().map { position, name in
    if let reason = failures[name] { return missing(name, reason) }
    return try fresh(name, bodies[position], at: Int64(position + 1))
  }
}

func consolidatedPieces(_ outcomes: [SectionOutcome]) -> [ByteBuffer] {
  ConsolidatedDocument(metadata: DocumentMetadata(outcomes: outcomes)).body.pieces
}

func consolidated(_ outcomes: [SectionOutcome]) -> [UInt8] {
  consolidatedPieces(outcomes).flatMap { Array($0.readableBytesView) }
}

func consolidatedText(_ outcomes: [SectionOutcome]) -> String { String(decoding: consolidated(outcomes), as: UTF8.self) }

func summary(_ outcomes: [SectionOutcome]) -> [UInt8] { SummaryDocument(metadata: DocumentMetadata(outcomes: outcomes)).bytes }

func summaryText(_ outcomes: [SectionOutcome]) -> String { String(decoding: summary(outcomes), as: UTF8.self) }

extension Document {
  /// The bytes that a client gets; nil where there is nothing.
  var bytes: [UInt8]? {
    if case .pieces(let pieces) = content { pieces().pieces.flatMap { Array($0.readableBytesView) } } else { nil }
  }
}
