extension String {
  /// Whether it has something in it, at most so many bytes, and no character that is not seen: control and format characters (those
  /// that turn the direction of writing among them), line and paragraph separators. What has such would read as something else in a
  /// log.
  func isVisible(atMost limit: Int) -> Bool {
    !isEmpty && utf8.count <= limit && unicodeScalars.allSatisfy { $0.isASCII ? (0x20...0x7E).contains($0.value) : $0.isSeen }
  }

  /// Whether it is the same text byte for byte. `==` takes other code points of the same meaning for the same, such as the sign of
  /// the Kelvin for a K.
  func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension Unicode.Scalar {
  fileprivate var isSeen: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }
}
