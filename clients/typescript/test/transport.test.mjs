// With a fetch of the test's: what a gateway does not do, or something before it does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError, TributaryClient } from "../dist/src/index.js";
import { Transport } from "../dist/src/transport.js";

/** A client whose requests are kept, and answered with `response`. */
function scripted(response, options = {}) {
  const asked = [];
  const fetch = async (url, init) => {
    asked.push({ url, ...init });
    return response();
  };
  return { asked, options: { baseUrl: "http://gateway", fetch, ...options } };
}

test("what is no problem document becomes one", async () => {
  for (const body of ["<h1>Bad Gateway</h1>", ""]) {
    const { options } = scripted(() => new Response(body, { status: 502, statusText: "Bad Gateway" }));
    const refused = await new TributaryClient(options).getSummary().catch((error) => error);
    assert.ok(refused instanceof ProblemError);
    assert.deepEqual([refused.status, refused.problem.title, refused.retryAfter], [502, "Bad Gateway", undefined]);
  }
  const headers = { "Content-Type": "application/problem+json", "X-Request-Id": "7" };
  const { options } = scripted(() => new Response("{", { status: 500, headers }));
  const broken = await new TributaryClient(options).getSummary().catch((error) => error);
  assert.deepEqual([broken.status, broken.requestId], [500, "7"]);
});

test("when to try again is read as seconds and as a date", async () => {
  const waits = [["7", 7], [new Date(0).toUTCString(), 0], ["soon", undefined]];
  for (const [field, seconds] of waits) {
    const { options } = scripted(() => new Response("", { status: 503, headers: { "Retry-After": field } }));
    const refused = await new TributaryClient(options).getSummary().catch((error) => error);
    assert.equal(refused.retryAfter, seconds);
  }
});

test("a credential goes with each call, a token that changes too", async () => {
  let count = 0;
  const token = async () => `token-${(count += 1)}`;
  const { asked, options } = scripted(() => Response.json({}), { token, apiKey: "key" });
  const client = new TributaryClient(options);
  await client.getSummary({ userId: 9007199254740993n });
  await client.getSummary();
  assert.deepEqual(asked.map((one) => one.headers.get("Authorization")), ["Bearer token-1", "Bearer token-2"]);
  assert.equal(asked[0].headers.get("X-API-Key"), "key");
  assert.equal(asked[0].url, "http://gateway/api/dashboard/summary?user_id=9007199254740993");
});

test("an answer that must not be kept has no age", async () => {
  for (const [control, age] of [["private, max-age=27", 27], ["no-store", 0], ["private, no-cache, max-age=9", 0]]) {
    const { options } = scripted(() => Response.json({}, { headers: { "Cache-Control": control } }));
    assert.equal((await new TributaryClient(options).getSummary()).maxAge, age);
  }
});

test("a text is given as one", async () => {
  const { options } = scripted(() => new Response("up 1\n"));
  const answer = await new Transport(options).request({ method: "GET", path: "/metrics", isText: true }, {});
  assert.equal(answer.data, "up 1\n");
});

test("a parameter that is not given is not sent, one of many values is sent often", async () => {
  const { asked, options } = scripted(() => Response.json({}));
  const query = { fields: ["a.b", "c d"], top: 3, user_id: undefined };
  await new Transport(options).request({ method: "GET", path: "/x", query, headers: { Prefer: undefined } }, {});
  assert.equal(asked[0].url, "http://gateway/x?fields=a.b&fields=c+d&top=3");
  assert.equal(asked[0].headers.has("Prefer"), false);
});

test("events are read however they are cut", async () => {
  const text = "event: section\nid: 1\ndata: {\"a\":1}\n\n: a heartbeat\n\ndata: one\r\ndata: two\r\n\r\nid\ndata:ü\n\ndata: unfinished";
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 7, bytes.length]) {
    let place = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (place >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(place, (place += size)));
      },
    });
    const { options } = scripted(() => new Response(body));
    const seen = [];
    for await (const event of await new Transport(options).stream({ method: "GET", path: "/" }, {})) seen.push(event);
    assert.deepEqual(seen, [
      { event: "section", data: '{"a":1}', id: "1" },
      { event: "message", data: "one\ntwo", id: "1" },
      { event: "message", data: "ü", id: "" },
    ]);
  }
});

test("who leaves a stream ends it", async () => {
  let isEnded = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
    cancel: () => void (isEnded = true),
  });
  const { options } = scripted(() => new Response(body));
  for await (const event of await new Transport(options).stream({ method: "GET", path: "/" }, {})) {
    assert.equal(event.data, "x");
    break;
  }
  assert.equal(isEnded, true);
});
