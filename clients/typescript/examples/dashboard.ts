// What a page does: both documents at once, again when they are old, and lights for what is not as it should be. Compiled with the client.
import { ProblemError, TributaryClient, troubles, type Answer, type Consolidated, type Summary } from "../src/index.js";

const client = new TributaryClient({ baseUrl: "" });

export interface Page {
  consolidated: Answer<Consolidated>;
  summary: Answer<Summary>;
}

/** The page, asked for anew; what has not changed is not sent again. */
export async function load(userId: string | undefined, before: Page | undefined, signal: AbortSignal): Promise<Page> {
  const [consolidated, summary] = await Promise.all([
    client.getConsolidated({ userId, signal, previous: before?.consolidated }),
    client.getSummary({ userId, signal, previous: before?.summary }),
  ]);
  return { consolidated, summary };
}

/** A sentence for each section that is not as it should be. */
export function warnings(document: Consolidated | Summary): string[] {
  return troubles(document).map(({ section, state, fetched_at, reason }) =>
    state === "missing" ? `${section}: no data (${reason ?? "unknown"})` : `${section}: as of ${fetched_at ?? "?"}`,
  );
}

/** In how many milliseconds to ask again. */
export function nextLook(outcome: Page | unknown): number {
  if (outcome instanceof ProblemError) return (outcome.retryAfter ?? 30) * 1000;
  return 15_000;
}
