// Against a real gateway and its fake services.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError, TributaryClient, isPartial, troubles } from "../dist/src/index.js";
import { withDemo } from "./demo.mjs";

const down = ["users", "accounts", "metrics", "dashboard"].map((name) => `--fault=${name}=refuse`);

test("both documents come whole, with what is to be known of them", async () => {
  await withDemo(["--posts", "7"], async (baseUrl) => {
    const client = new TributaryClient({ baseUrl: `${baseUrl}/` });
    const [consolidated, summary] = await Promise.all([client.getConsolidated(), client.getSummary()]);
    assert.equal(consolidated.data.metrics.items.length, 7);
    assert.match(consolidated.data.metrics.items[0].postId, /^\d{19}$/);
    assert.equal(summary.data.metadata.derived.summary.quality, "complete");
    for (const answer of [consolidated, summary]) {
      assert.equal(isPartial(answer.data), false);
      assert.deepEqual(troubles(answer.data), []);
      assert.ok(answer.etag && answer.requestId && answer.maxAge >= 0);
      assert.equal(answer.isUnchanged, false);
    }
  });
});

test("what has not changed is not sent again", async () => {
  // The description does not change while the gateway runs; a document would when its sections are fetched anew.
  await withDemo([], async (baseUrl) => {
    const client = new TributaryClient({ baseUrl });
    const first = await client.getDescription();
    const second = await client.getDescription({ previous: first });
    assert.equal(second.isUnchanged, true);
    assert.equal(second.data, first.data);
    assert.equal(second.etag, first.etag);
    const other = await client.getDescription({ previous: { ...first, etag: '"other"' } });
    assert.equal(other.isUnchanged, false);
    assert.deepEqual(other.data, first.data);
  });
});

test("a partial document is an answer, and says what is missing", async () => {
  await withDemo(["--fault", "metrics=refuse"], async (baseUrl) => {
    const { data, etag, maxAge, headers } = await new TributaryClient({ baseUrl }).getConsolidated();
    assert.equal(isPartial(data), true);
    assert.deepEqual(troubles(data), [
      { section: "metrics", state: "missing", fetched_at: null, reason: "connection_refused" },
    ]);
    assert.equal(data.metadata.services_status.microservice3, "unavailable");
    assert.deepEqual(data.metrics, { items: [], count: 0, dashboard: [] });
    assert.deepEqual([etag, maxAge], [undefined, 0]);
    assert.match(headers.get("Proxy-Status"), /next-hop="metrics"/);
  });
});

test("no document at all is a problem that says when to try again", async () => {
  await withDemo(down, async (baseUrl) => {
    const refused = await new TributaryClient({ baseUrl }).getSummary({ requestId: "test-1" }).catch((error) => error);
    assert.ok(refused instanceof ProblemError);
    assert.deepEqual([refused.status, refused.retryAfter, refused.requestId], [503, 5, "test-1"]);
    assert.equal(refused.problem.sections.users.state, "missing");
  });
});

test("a user is asked for by any number, and a wrong one is a problem", async () => {
  await withDemo([], async (baseUrl) => {
    const client = new TributaryClient({ baseUrl });
    for (const userId of [4, 4n, "4"]) {
      const { data } = await client.getConsolidated({ userId, prefer: "wait=5" });
      assert.deepEqual(data.users.map((user) => user.id), [4]);
    }
    const wrong = await client.getConsolidated({ userId: 0 }).catch((error) => error);
    assert.ok(wrong instanceof ProblemError && wrong.status === 400 && /user_id/.test(wrong.message));
  });
});

test("a call ends when its signal says so", async () => {
  await withDemo(["--fault", "metrics=hang"], async (baseUrl) => {
    const leaving = new AbortController();
    const call = new TributaryClient({ baseUrl }).getConsolidated({ signal: leaving.signal });
    leaving.abort();
    await assert.rejects(call, { name: "AbortError" });
  });
});
