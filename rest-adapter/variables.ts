/** The selection that every mutation ends with. */
export const REFUSAL = '... on Refusal { kind code message field retryAfterSeconds }';

/** GraphQL refuses a wrongly typed variable before it asks who calls; what is no text becomes a text that the use case refuses in words. */
export function textOrNull(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : 'not a text';
}

/** The same for a field of which *absent* and *null* mean different things. */
export function textIfSent(body: { readonly [name: string]: unknown }, field: string, name: string): { readonly [name: string]: unknown } {
  return field in body ? { [name]: textOrNull(body[field]) } : {};
}

/** The same for a list of texts: what is no list becomes one that the use case refuses in words. */
export function textsIfSent(body: { readonly [name: string]: unknown }, field: string, name: string): { readonly [name: string]: unknown } {
  if (!(field in body)) return {};
  const value = body[field];
  if (value === null) return { [name]: null };
  return { [name]: Array.isArray(value) ? value.map((each) => textOrNull(each) ?? 'not a text') : ['not a text'] };
}

/** `amount_fiat`, or its alias `amount`. Both at once are an amount only when they agree: nobody is charged the one that was not meant. */
export function amountOf(body: { readonly [name: string]: unknown }): unknown {
  const sent = [body['amount_fiat'], body['amount']].filter((value) => value !== undefined && value !== null);
  return sent.length === 2 && sent[0] !== sent[1] ? sent : sent[0];
}

/** The page of a list (conformance N-4). What is no number of rows is left to the list's own default. */
export function pageOf(query: { readonly [name: string]: string | undefined }): { first?: number; after?: string } {
  const limit = /^\d{1,4}$/.test(query['limit'] ?? '') ? Number(query['limit']) : null;
  return { ...(limit === null ? {} : { first: limit }), ...(query['cursor'] ? { after: query['cursor'] } : {}) };
}
