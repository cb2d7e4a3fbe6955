/// The few greatest of many by a score, greatest first; of equals the one that came first.
struct Leaders<Element: Sendable>: Sendable {
  /// Every ranking of a dashboard has at most five places, unless somebody asks for others.
  static var usualPlaces: Int { 5 }

  private let places: Int

  private(set) var elements: [(score: Double, element: Element)] = []

  /// - Parameter places: 1 at least.
  init(places: Int = Self.usualPlaces) {
    self.places = places
    elements.reserveCapacity(places)
  }

  /// `make` is called only for an element that gets a place.
  mutating func consider(score: Double, _ make: @autoclosure () -> Element) {
    guard elements.count < places || score > elements[elements.count - 1].score else { return }
    if elements.count < places {
      elements.append((score, make()))
    } else {
      elements[places - 1] = (score, make())
    }
    var place = elements.count - 1
    while place > 0, elements[place - 1].score < score {
      elements.swapAt(place, place - 1)
      place -= 1
    }
  }
}
