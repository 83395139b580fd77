import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';

/**
 * Operations that the payers' page names by the SHA-256 of their text instead of sending it. Pages stay open over an update: a text that changes
 * is added here, and the former one leaves when no payment can be pending any more whose page was served with it.
 */
const TEXTS: readonly string[] = [
  `subscription Checkout($id: ID!) {
  checkout(paymentId: $id) { status redirectUrl serverTime expiresAt paidAt exception receivedSats }
}`,
];

const byHash = new Map(TEXTS.map((text) => [createHash('sha256').update(text).digest('hex'), text]));

/**
 * The text of the operation: as it was sent, or the one of ours that is named instead, as GraphQL clients do it, by
 * `extensions: { persistedQuery: { version: 1, sha256Hash } }`. Nothing is learned from callers: an unknown hash is an error that says what to send.
 */
export function textOf<Text>(sent: { readonly query?: Text; readonly extensions?: unknown }): Text | string | undefined | GraphQLError {
  const hash = sent.query ? null : hashOf(sent.extensions);
  if (hash === null) return sent.query;
  return byHash.get(hash) ?? new GraphQLError(UNKNOWN, { extensions: { code: 'unknown_operation' } });
}

const UNKNOWN = 'No operation is kept under this hash: send its text as query';

function hashOf(extensions: unknown): string | null {
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { version?: unknown; sha256Hash?: unknown } | null }; // judged in the next line
  return persistedQuery?.version === 1 && typeof persistedQuery.sha256Hash === 'string' ? persistedQuery.sha256Hash : null;
}
