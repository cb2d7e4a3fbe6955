import NIOSSL

@testable import Clients

/// Certificates for tests, good for a hundred years: an authority, and two that it has signed. The keys open nothing.
enum TestCertificates {
  static let authority = """
    -----BEGIN CERTIFICATE-----
    MIIBoDCCAUWgAwIBAgIUXRsfhWf+sfPGaoaSnAyvyCoXIk0wCgYIKoZIzj0EAwIw
    HDEaMBgGA1UEAwwRVHJpYnV0YXJ5IFRlc3QgQ0EwIBcNMjYxMTIxMDUxNDQyWhgP
    MjEyNjEwMjgwNTE0NDJaMBwxGjAYBgNVBAMMEVRyaWJ1dGFyeSBUZXN0IENBMFkw
    EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExRm7VXihWXkg1YGuHMm3iMGmutxByTXz
    A/szVzonyh43JRDqHXXCpeTNVrai2AXcpaPsHr/D5mWljT4G9JHgMKNjMGEwHQYD
    VR0OBBYEFEAgYs9T0lsIxEma9ZnGvP++t5ZWMB8GA1UdIwQYMBaAFEAgYs9T0lsI
    xEma9ZnGvP++t5ZWMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMAoG
    CCqGSM49BAMCA0kAMEYCIQDNSX5aZA3ZUhJ6jsUVcWaj07JOHBWNiq5TG0kaOJAR
    tQIhAN+m9V9z97AfkvPE8S5tXxiqvP1Ka0oNJZEBAZ0fPuYf
    -----END CERTIFICATE-----
    """

  /// For `localhost` and `127.0.0.1`.
  static let good = """
    -----BEGIN CERTIFICATE-----
    MIIBwDCCAWagAwIBAgIUH5dOPvwpyJYGGqUSZ0W5ykKQKHEwCgYIKoZIzj0EAwIw
    HDEaMBgGA1UEAwwRVHJpYnV0YXJ5IFRlc3QgQ0EwIBcNMjYxMTIxMDUxNDQyWhgP
    MjEyNjEwMjcwNTE0NDJaMB4xHDAaBgNVBAMME1RyaWJ1dGFyeSBUZXN0IGdvb2Qw
    WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS9astjqB9yj3c7ebEpERVJ8zAE4OmI
    MX8YZAqE8MP0nII/FSw4F3HYKfDoU8yvZJ5YnYXQvEr/LLtkkbIFavUpo4GBMH8w
    GgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMBMGA1UdJQQMMAoGCCsGAQUFBwMB
    MAwGA1UdEwEB/wQCMAAwHQYDVR0OBBYEFFq5ImIaaohVTx85yHuSJg2G4j6pMB8G
    A1UdIwQYMBaAFEAgYs9T0lsIxEma9ZnGvP++t5ZWMAoGCCqGSM49BAMCA0gAMEUC
    IHVpJeDWLQ8L73b9WIRif9ywz0BXExYSkA+5TGxdZEbpAiEA1yA5Uudb1koVg9+2
    nMK5OHLwsXuXrziXtnJ7ciLV/zA=
    -----END CERTIFICATE-----
    """
  static let goodKey = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXDb/h+mcWHGEmhDN
    jisV9q2EnNaoBPkqUYzGaJ8lJ5uhRANCAAS9astjqB9yj3c7ebEpERVJ8zAE4OmI
    MX8YZAqE8MP0nII/FSw4F3HYKfDoU8yvZJ5YnYXQvEr/LLtkkbIFavUp
    -----END PRIVATE KEY-----
    """

  /// For `other.example`.
  static let other = """
    -----BEGIN CERTIFICATE-----
    MIIBvzCCAWSgAwIBAgIUH5dOPvwpyJYGGqUSZ0W5ykKQKHIwCgYIKoZIzj0EAwIw
    HDEaMBgGA1UEAwwRVHJpYnV0YXJ5IFRlc3QgQ0EwIBcNMjYxMTIxMDUxNDQyWhgP
    MjEyNjEwMjcwNTE0NDJaMB8xHTAbBgNVBAMMFFRyaWJ1dGFyeSBUZXN0IG90aGVy
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUvKq5mZgDnPKl749UycNwt08SNSF
    3tOIU+R4p+tp5atJ/tGuBjsNN0viqrNHLIvA4vUCqN3UtaEx0UHh0nAnPqN/MH0w
    GAYDVR0RBBEwD4INb3RoZXIuZXhhbXBsZTATBgNVHSUEDDAKBggrBgEFBQcDATAM
    BgNVHRMBAf8EAjAAMB0GA1UdDgQWBBRwG0DNwVxGi2hPJEqAY2EwSV5EFTAfBgNV
    HSMEGDAWgBRAIGLPU9JbCMRJmvWZxrz/vreWVjAKBggqhkjOPQQDAgNJADBGAiEA
    lRi6oTuTtbbcJ/iA7TbtTFGvEIkjOF/dirXj9ks6Zw8CIQCAweKxa5YPHAkyoBEE
    1p9okU8w5sg6hFhpitEXP2yGaw==
    -----END CERTIFICATE-----
    """
  static let otherKey = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQuBxJzFefkehFHD9
    Td3XJQ1GTlobEk8LnY/3Ch0QWAqhRANCAARS8qrmZmAOc8qXvj1TJw3C3TxI1IXe
    04hT5Hin62nlq0n+0a4GOw03S+Kqs0csi8Di9QKo3dS1oTHRQeHScCc+
    -----END PRIVATE KEY-----
    """

  static func server(_ certificate: String, _ key: String) throws -> NIOSSLContext {
    let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { NIOSSLCertificateSource.certificate($0) }
    let key = try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
    return try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
  }

  static func client() throws -> NIOSSLContext {
    try TransportSecurity.context(trustRoots: .certificates(NIOSSLCertificate.fromPEMBytes(Array(authority.utf8))))
  }
}
