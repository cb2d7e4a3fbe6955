/// A signed token in its compact form (RFC 7515 §3.1), taken apart: `header.payload.signature`, each base64url.
struct CompactToken {
  let header: TokenHeader
  /// Base64url still: it is looked at when the signature holds.
  let payload: ArraySlice<UInt8>
  let signature: [UInt8]
  /// What is signed: the first two parts and the dot between them.
  let signed: ArraySlice<UInt8>

  init(_ token: [UInt8]) throws(TokenFault) {
    let dots = token.indices.filter { token[$0] == UInt8(ascii: ".") }
    guard dots.count == 2 else { throw .invalid(reason: "not three parts") }
    guard let header = Base64URL.decode(token[..<dots[0]]) else { throw .invalid(reason: "the header is not base64url") }
    guard let signature = Base64URL.decode(token[(dots[1] + 1)...]) else {
      throw .invalid(reason: "the signature is not base64url")
    }
    guard !signature.isEmpty else { throw .invalid(reason: "no signature") }
    self.header = try TokenHeader(header)
    self.signature = signature
    payload = token[(dots[0] + 1)..<dots[1]]
    signed = token[..<dots[1]]
  }
}
