extension Schema {
  /// What stands under `components.schemas`, in that order. A name is one of a type in clients.
  static let named: [(name: String, schema: Schema)] =
    documents + sections + metadata + health + [
      ("Problem", problem), ("DocumentProblem", documentProblem), ("PurgeRequest", purgeRequest), ("PurgeReport", purgeReport),
    ]
}
