/** The one way to the server: operations of the public GraphQL schema, with the session's cookie. */
import type { TadaDocumentNode } from 'gql.tada';
import { print } from 'graphql';

/** A no of the server, in its own words. */
export type No = { readonly code: string; readonly message: string };
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly no: No };
type Wire = {
  readonly data?: { readonly [name: string]: unknown } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Extensions }[];
};
type Extensions = { readonly code?: string; readonly kind?: string; readonly retryAfterSeconds?: number };

const OFFLINE: No = { code: 'offline', message: 'AvoPay could not be reached. Check your connection and try again.' };
const UNEXPECTED: No = {
  code: 'unexpected',
  message: 'Something went wrong on our side. Nothing was changed as far as we know. Try again.',
};
/** Codes after which the same request works once the person has signed in (again). */
const SIGN_IN_CODES = new Set(['not_signed_in', 'sign_in_again', 'invalid_key', 'unauthorized']);

/** By how much this device's clock is behind the server's, by the server's last answer. */
let behindMs = 0;
/** The server's time: what runs out runs out by its clock. */
export const serverNow = (): number => Date.now() + behindMs;

type AskForPassword = (reason: 'ended' | 'recent') => Promise<boolean>;
let askForPassword: AskForPassword = async () => false;
/** The shell shows the form; it answers whether somebody has signed in. */
export function onSignInNeeded(ask: AskForPassword): void {
  askForPassword = ask;
}

export async function ask<Data, Variables>(document: TadaDocumentNode<Data, Variables>, variables: Variables): Promise<Answer<Data>> {
  const answer = await send(document, variables);
  if (answer.ok || !SIGN_IN_CODES.has(answer.no.code)) return answer;
  const signedIn = await askForPassword(answer.no.code === 'sign_in_again' ? 'recent' : 'ended');
  return signedIn ? send(document, variables) : answer;
}

/** As `ask`, without asking anybody to sign in. */
export async function send<Data, Variables>(document: TadaDocumentNode<Data, Variables>, variables: Variables): Promise<Answer<Data>> {
  let wire: Wire;
  try {
    const reply = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-avopay-request': '1' },
      body: JSON.stringify({ query: print(document), variables }),
    });
    const date = Date.parse(reply.headers.get('date') ?? '');
    if (!Number.isNaN(date)) behindMs = date - Date.now();
    wire = await reply.json();
  } catch {
    return { ok: false, no: OFFLINE }; // no network, or something between us and the server answered
  }
  const fault = wire.errors?.[0];
  if (fault) return { ok: false, no: { ...UNEXPECTED, ...wordsOf(fault.message, fault.extensions ?? {}) } };
  const refusal = refusalIn(wire.data ?? {});
  if (refusal) return { ok: false, no: refusal };
  return { ok: true, value: wire.data as Data }; // the server validated the document against the schema that typed it
}

function wordsOf(message: string, { code, kind, retryAfterSeconds }: Extensions): Partial<No> {
  if (code === undefined || code === 'unexpected') return {};
  return noOf(code, message, kind === 'rate-limited' ? retryAfterSeconds : undefined);
}

/** Seconds are for programs: a person is told minutes. */
function noOf(code: string, message: string, retryAfterSeconds: number | null | undefined): No {
  return { code, message: retryAfterSeconds ? tooMany(retryAfterSeconds) : message };
}

function tooMany(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return `Too many tries. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}

/** A mutation answers the thing or a refusal; either stands in a field of the answer. */
function refusalIn(data: { readonly [name: string]: unknown }): No | null {
  for (const value of Object.values(data)) {
    if (typeof value !== 'object' || value === null || !('__typename' in value) || value.__typename !== 'Refusal') continue;
    const { code = UNEXPECTED.code, message = UNEXPECTED.message, ...said } = value as Partial<No> & Extensions;
    return noOf(code, message, code === 'rate_limited' ? said.retryAfterSeconds : null);
  }
  return null;
}
