/** The shapes that pass between the server and the renderer of the documentation. Types only. */

/** What the pages say that the code decides. */
export type DocsFacts = {
  readonly apiUrl: string;
  readonly publicUrl: string;
  readonly sandbox: boolean;
  /** Null: nothing is said of terms. */
  readonly termsUrl: string | null;
  readonly sdk: { readonly path: string; readonly integrity: string };
  readonly errors: readonly ErrorFact[];
  readonly limits: readonly LimitFact[];
  readonly chapters: readonly Chapter[];
};
export type ErrorFact = {
  readonly status: number;
  readonly error: string;
  readonly code: string;
  readonly meaning: string;
  readonly documented: boolean;
};
export type LimitFact = { readonly covers: string; readonly limit: number; readonly window: string; readonly per: string };

/** The reference: operations of one tag. */
export type Chapter = { readonly name: string; readonly about: string; readonly operations: readonly OperationFact[] };
export type OperationFact = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly about: string;
  readonly keys: string;
  readonly parameters: readonly FieldFact[];
  readonly fields: readonly FieldFact[];
  readonly request: string | null;
  readonly reply: { readonly status: string; readonly example: string };
  readonly refusals: readonly { readonly status: string; readonly error: string; readonly code: string }[];
};
export type FieldFact = { readonly name: string; readonly type: string; readonly required: boolean; readonly about: string };

export const DOCS_PAGES = ['', 'payments', 'links', 'sdk', 'webhooks', 'agents', 'errors', 'testing', 'reference'] as const;
export type DocsPage = (typeof DOCS_PAGES)[number];

export type DocsRenderer = {
  readonly docsPage: (page: DocsPage, facts: DocsFacts) => string;
  /** What an agent should read first, as plain text. */
  readonly llmsText: (facts: DocsFacts) => string;
  readonly docsStyles: readonly string[];
};
