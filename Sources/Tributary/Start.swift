import Dispatch

/// Where the process begins. Not with an asynchronous `main`: that one begins on a second thread, when the first could have been told to
/// end long ago.
@main
enum Start {
  static func main() {
    // Before anything else: who is told to end while he begins ends well.
    SignalWatch.hold()
    Tributary.start()
    dispatchMain()
  }
}
