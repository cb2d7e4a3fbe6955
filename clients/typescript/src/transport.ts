import type { DocumentProblem } from "./schemas.js";

/** What a client is made with. */
export interface ClientOptions {
  /** Where the gateway is, such as `https://api.example.com`; in a page of the same origin it may be empty. */
  baseUrl: string;
  /** For `Authorization: Bearer`; a function is asked before each call. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /** For `X-API-Key`. */
  apiKey?: string;
  /** In place of the one that the platform has. */
  fetch?: typeof globalThis.fetch;
}

/** What every call may be given. */
export interface CallOptions {
  /** Ends the call: its promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** What a call may be given whose answer has a tag. */
export interface Conditional<T> {
  /** The answer to the same call before: if nothing has changed its data is given again, and was not sent again. */
  previous?: Answer<T>;
}

/** An answer. Whether a document is whole stands in it: `data.metadata.complete`. */
export interface Answer<T> {
  readonly data: T;
  /** Whether it is the data of the answer before (304). */
  readonly isUnchanged: boolean;
  /** Names these bytes; none for what must not be kept, such as a partial document. */
  readonly etag: string | undefined;
  /** For how many seconds it need not be asked for again. */
  readonly maxAge: number;
  /** Under which the gateway's log has the call. */
  readonly requestId: string | undefined;
  readonly headers: Headers;
}

/** An event of a stream. */
export interface ServerSentEvent {
  /** `message` where it has no name. */
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

export type EventStream = AsyncIterable<ServerSentEvent>;

/** The gateway, or something before it, refused. Network failures and aborts are not of this class. */
export class ProblemError extends Error {
  constructor(
    /** As it was sent (RFC 9457); where that was none, the status and its words. */
    readonly problem: DocumentProblem,
    /** In how many seconds to try again, if that was said. */
    readonly retryAfter: number | undefined,
    readonly headers: Headers,
  ) {
    super(`${problem.status} ${problem.title}: ${problem.detail}`);
    this.name = "ProblemError";
  }

  get status(): number {
    return this.problem.status;
  }

  /** Under which the gateway's log has the call. */
  get requestId(): string | undefined {
    return this.problem.request_id || undefined;
  }
}

type Value = string | number | bigint | boolean;

interface Call {
  method: string;
  path: string;
  query?: Record<string, Value | readonly Value[] | undefined>;
  headers?: Record<string, Value | undefined>;
  body?: unknown;
  /** Whether the answer is a text, and not JSON. */
  isText?: boolean;
}

/** What the generated methods have in common. */
export class Transport {
  constructor(private readonly options: ClientOptions) {}

  async request<T>(call: Call, options: CallOptions & Conditional<T>): Promise<Answer<T>> {
    const previous = options.previous;
    const accept = call.isText ? "text/*" : "application/json";
    const response = await this.send(call, options, { Accept: accept, "If-None-Match": previous?.etag });
    const common = {
      etag: response.headers.get("ETag") ?? undefined,
      maxAge: maxAge(response.headers),
      requestId: response.headers.get("X-Request-Id") ?? undefined,
      headers: response.headers,
    };
    if (response.status === 304 && previous) return { ...common, data: previous.data, isUnchanged: true };
    if (!response.ok) throw await problem(response);
    const data: unknown = call.isText ? await response.text() : await response.json();
    return { ...common, data: data as T, isUnchanged: false };
  }

  async stream(call: Call, options: CallOptions): Promise<EventStream> {
    const response = await this.send(call, options, { Accept: "text/event-stream" });
    if (!response.ok || !response.body) throw await problem(response);
    return events(response.body);
  }

  private async send(call: Call, options: CallOptions, more: Record<string, string | undefined>): Promise<Response> {
    const headers = new Headers();
    for (const [name, value] of Object.entries({ ...more, ...call.headers })) {
      if (value !== undefined) headers.set(name, String(value));
    }
    const { token, apiKey } = this.options;
    const bearer = typeof token === "function" ? await token() : token;
    if (bearer !== undefined) headers.set("Authorization", `Bearer ${bearer}`);
    if (apiKey !== undefined) headers.set("X-API-Key", apiKey);
    if (call.body !== undefined) headers.set("Content-Type", "application/json");
    const ask = this.options.fetch ?? globalThis.fetch;
    return ask(this.options.baseUrl.replace(/\/+$/, "") + call.path + search(call.query), {
      method: call.method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: options.signal ?? null,
      // Tags are ours to send, so that a 304 is ours to see.
      cache: "no-store",
    });
  }
}

function search(query: Call["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly Value[]) : [value as Value]) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function maxAge(headers: Headers): number {
  const control = headers.get("Cache-Control") ?? "";
  const found = /(?:^|[\s,])max-age=(\d+)/i.exec(control);
  return found && !/no-store|no-cache/i.test(control) ? Number(found[1]) : 0;
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("Retry-After");
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

async function problem(response: Response): Promise<ProblemError> {
  const known: DocumentProblem = {
    type: "about:blank",
    title: response.statusText || "Error",
    status: response.status,
    detail: "",
    request_id: response.headers.get("X-Request-Id") ?? "",
  };
  const wait = retryAfter(response.headers);
  // Something between here and the gateway may speak otherwise.
  if (!/^application\/problem\+json\b/i.test(response.headers.get("Content-Type") ?? "")) {
    return new ProblemError(known, wait, response.headers);
  }
  try {
    return new ProblemError({ ...known, ...((await response.json()) as DocumentProblem) }, wait, response.headers);
  } catch (error) {
    if (error instanceof SyntaxError) return new ProblemError(known, wait, response.headers);
    throw error;
  }
}

/** The events of a body (HTML §9.2.6). Leaving the loop ends the request. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let event = "";
  let id: string | undefined;
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      // A line that ends in CR may go on with LF: it waits for what comes next.
      const lines = text.replace(/\r\n|\r(?!$)/g, "\n").split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { event: event || "message", data: data.join("\n"), id };
          event = "";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        const name = colon < 0 ? line : line.slice(0, colon);
        const rest = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (name === "event") event = rest;
        else if (name === "data") data.push(rest);
        else if (name === "id" && !rest.includes("\0")) id = rest;
      }
    }
  } finally {
    await reader.cancel();
  }
}
