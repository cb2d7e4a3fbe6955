import Settings

/// `metrics`.
struct MetricsConfiguration: Sendable, Equatable {
  /// Whether anything is counted, and shown at `/metrics` of the admin listener.
  let isEnabled: Bool

  init(reading settings: SettingsReader) { isEnabled = settings.flag("enabled", default: true) }
}
