export * from "./client.js";
export * from "./documents.js";
export * from "./schemas.js";
export { ProblemError } from "./transport.js";
export type { Answer, CallOptions, ClientOptions, Conditional, EventStream, ServerSentEvent } from "./transport.js";
