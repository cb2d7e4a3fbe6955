extension DescriptionRoute {
  /// Of the public listener, in Markdown.
  static let introduction = """
    Tributary asks several services at once and makes one document of what they answer.

    - **Partial answers are normal.** A service that fails costs its own section alone; `metadata` says what each part is worth. There is \
    no document only where nothing can be shown: 503, or 504 where all were too slow.
    - **Errors** are `application/problem+json` (RFC 9457). A path that is not there is 404, a method that a path does not answer 405, \
    CONNECT 501, another version of HTTP 505; the components list every problem there is.
    - **HEAD** works wherever GET does; OPTIONS tells the methods of a path.
    - **Keep the `ETag`** of an answer and send it as `If-None-Match`: 304 while nothing has changed.
    - **Headers, not the body, say what differs from request to request**: `Server-Timing`, `Cache-Status`, `Proxy-Status`, `X-Request-Id`.
    - Numbers of more than 15 digits are texts, such as the ids of posts.
    - New members may come at any time: ignore what you do not know.
    """

  /// Of the admin listener, in Markdown.
  static let ofAdmin = """
    For operators, on a port of its own. Where `admin.token` is set, all but the probes and the files of the \
    page at `/status` (which hold nothing, and ask for what they show) want it as a bearer token. Pages may not ask here: a request with an \
    `Origin` field is refused.
    """
}
