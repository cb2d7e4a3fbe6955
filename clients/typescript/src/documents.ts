import type { SectionStatus, Sections } from "./schemas.js";

interface Document {
  readonly metadata: { readonly complete: boolean; readonly sections: Sections };
}

/** Whether something is missing in the document, or older than it should be. It can be shown; `troubles` says what to say beside it. */
export function isPartial(document: Document): boolean {
  return !document.metadata.complete;
}

/** The sections that are stale or missing, each with its state, its time and its reason. */
export function troubles(document: Document): (SectionStatus & { readonly section: string })[] {
  return Object.entries(document.metadata.sections).flatMap(([section, status]) =>
    status && (status.state === "stale" || status.state === "missing") ? [{ section, ...status }] : [],
  );
}
