import type { Audience } from '../schema/audience.ts';
import type { LimitName } from '../src/limits/limits.ts';

export type RouteRequest = {
  readonly params: { readonly [name: string]: string };
  readonly query: { readonly [name: string]: string | undefined };
  readonly body: { readonly [name: string]: unknown };
};

/** What an operation answered under its alias `result`; a route's `reply` knows its own selection. */
// biome-ignore lint/suspicious/noExplicitAny: the shape of each answer stands in the operation text of its row
export type OperationResult = any;

/** Takes a hint by the parameters of its path. It must not throw, and nobody waits for it. */
export type HintHandle = (params: { readonly [name: string]: string }) => void;

/** What a raw row calls: handed in by the wiring, so that the adapter knows no slice. */
export type RawHandles = {
  readonly providerHint: HintHandle;
  readonly namedHint: HintHandle;
  readonly samrock: AnsweringHandle;
};

/** Answers a request that is no operation: its body comes as it was sent. */
export type AnsweringHandle = (call: {
  readonly params: { readonly [name: string]: string };
  readonly query: { readonly [name: string]: string };
  readonly body: Uint8Array;
}) => Promise<{ readonly status: number; readonly body: object }>;

/** A route that is no operation: it takes a message of another program. A hint is answered 200, whatever it says, and nothing of it is believed. */
export type RawRoute = {
  readonly method: 'POST';
  readonly path: string;
  readonly handle: keyof RawHandles;
  /** The body is read for the one thing that it may name, `data.id`. Without it no body of a hint is ever read. */
  readonly readsId?: true;
  readonly limit: LimitName;
};

/** A route that answers the same bytes to everybody: made once, at start. */
export type StaticRoute = { readonly method: 'GET'; readonly path: string; readonly document: 'openApi'; readonly limit: LimitName };

/** One documented route: which GraphQL operation it is, and how its names and numbers read in REST. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly status: 200 | 201;
  /** Who may call; said before anything in the request is judged (conformance B-10). */
  readonly audience: Audience;
  /** What a request spends a use of, before anything else about it is judged; the same as its GraphQL field (conformance X-4). */
  readonly limit: LimitName;
  /** Browsers on other sites may call it (conformance B-8). */
  readonly crossOrigin: boolean;
  /** A GET that changes something: HEAD is refused, so that nobody who only looks sets it off. */
  readonly unsafeGet?: true;
  readonly operation: string;
  readonly variables: (request: RouteRequest) => { readonly [name: string]: unknown };
  readonly reply: (result: OperationResult) => object;
  /** A list as one file instead of a page: `reply` answers `{data, next_cursor}`, and these of its fields are the columns. The operation takes `$after`. */
  readonly csv?: { readonly fileName: string; readonly columns: readonly string[] };
  /** Parts as one JSON document: `reply` answers `{exported_at, section, rows, next_cursor}`. The operation takes `$after`. */
  readonly document?: { readonly fileName: string };
  /** What a `null` result means; absent when the operation never answers null. */
  readonly notFound?: { readonly code: string; readonly message: string };
};
