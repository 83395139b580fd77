import type { Avopay } from '../support/avopay.ts';
import type { OpenApiCheck } from '../support/openapi.ts';
import type { Json } from '../support/json.ts';
import type { Known, MadeRequest } from '../support/requests-from-openapi.ts';
import { request as send } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { openApiCheck } from '../support/openapi.ts';
import { malformedOf, requestsOf } from '../support/requests-from-openapi.ts';
import { worldOf } from '../support/known-world.ts';

/** `REQUESTS=50000 MALFORMED=5000 SEED=7 npm test test/api/openapi-requests.test.ts` is the long run; a slice runs always. */
const REQUESTS = Number(process.env['REQUESTS'] ?? 300);
const MALFORMED = Number(process.env['MALFORMED'] ?? 100);
const SEED = Number(process.env['SEED'] ?? 1);
const AT_ONCE = 8;
/** So many that every operation has had its luck. */
const ENOUGH_FOR_EACH = 10_000;
/** What nobody is granted by luck: a password, a token of a mail, an authenticator, a wallet, the end of an account. */
const NEEDS_MORE: readonly string[] = [
  ...['signIn', 'resetPassword', 'changePassword', 'verifyEmail', 'addPasskey', 'removePasskey', 'endSession', 'closeAccount'],
  ...['connectDescriptors', 'pollRegistration', 'offerWalletConnection', 'getWalletOffer'],
];
/** What no answer may show: where our files lie, whose words a fault speaks, and anybody's secret. */
const LEAKS = /node_modules|\bat [\w.<>]+ \(|\.ts:\d|prisma|postgres|ECONN|ak_(?:live|test)_\w{9}|whsec_|\$argon2|correct horse/i;
/** What is shown once, to whoever has just made it. */
const SHOWN_ONCE = /"(?:api_key|secret)":"[^"]*"/g;

let avopay: Avopay;
let check: OpenApiCheck;
let known: Known;
beforeAll(async () => {
  avopay = await startAvopay();
  check = await openApiCheck(avopay.url);
  known = await worldOf(avopay);
});
afterAll(() => avopay.stop());

/** As it stands: fetch would tidy the path up. */
function sendRaw({ method, path, headers, body }: MadeRequest): Promise<{ status: number; headers: Headers; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(avopay.url);
    const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = send({ hostname, port, method, path, headers: { ...headers, ...length }, agent: false }, (reply) => {
      const parts: Buffer[] = [];
      reply.on('data', (part: Buffer) => parts.push(part));
      reply.on('end', () =>
        resolve({
          status: reply.statusCode ?? 0,
          headers: new Headers(reply.headers as Record<string, string>),
          text: Buffer.concat(parts).toString(),
        }),
      ); // no header of ours comes twice
    });
    sent.on('error', (error) =>
      reject(new Error(`${method} ${path} ${JSON.stringify(headers)} ${body?.length} ${body?.slice(0, 80)}`, { cause: error })),
    );
    sent.end(body ?? undefined);
  });
}

/** Sends all, a few at once, and gathers what `judge` holds against the answers. */
async function faultsOver(
  requests: readonly MadeRequest[],
  judge: (request: MadeRequest, answer: Awaited<ReturnType<typeof sendRaw>>) => string | null,
) {
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const done = new Set<string>();
  const waiting = requests.values();
  const worker = async () => {
    for (const request of waiting) {
      const answer = await sendRaw(request);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status < 300) done.add(request.operationId);
      const leak = LEAKS.exec(answer.text.replace(SHOWN_ONCE, ''));
      const fault =
        leak && !request.path.includes('openapi.json') ? `shows ${leak[0]}: ${answer.text.slice(0, 300)}` : judge(request, answer);
      if (fault !== null) faults.push(`${request.method} ${request.path} ${request.body?.slice(0, 300) ?? ''} -> ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { faults, statuses, done };
}

const bodyOf = (text: string) => (/^[[{]/.test(text) ? JSON.parse(text) : null);

test(`X-6: ${REQUESTS} requests made from the document are answered as it says`, { timeout: 60_000 + REQUESTS * 100 }, async () => {
  const requests = fc.sample(requestsOf(check.document, known), { numRuns: REQUESTS, seed: SEED });
  const { faults, statuses, done } = await faultsOver(requests, ({ method, path }, answer) =>
    check.faultOf(method, path, { ...answer, body: bodyOf(answer.text) }),
  );
  expect(faults).toEqual([]);
  for (const status of [200, 201, 400, 401, 403, 404]) expect(statuses.get(status) ?? 0, `${status}`).toBeGreaterThan(0);
  if (REQUESTS < ENOUGH_FOR_EACH) return;
  const operations = Object.values(check.document.paths).flatMap((methods) => Object.values<Json>(methods as Json));
  expect(operations.map(({ operationId }) => operationId).filter((id) => !done.has(id) && !NEEDS_MORE.includes(id))).toEqual([]);
});

test(`B-2 B-3: ${MALFORMED} malformed requests are refused in JSON, and none is a fault`, {
  timeout: 60_000 + MALFORMED * 100,
}, async () => {
  const requests = fc.sample(malformedOf(check.document, known), { numRuns: MALFORMED, seed: SEED });
  const { faults } = await faultsOver(requests, ({ method }, { status, headers, text }) => {
    if (status >= 500 && status !== 503) return `${status} ${text}`;
    if (status < 400 || method === 'HEAD') return null;
    if (!headers.get('content-type')?.startsWith('application/json'))
      return `${status} ${headers.get('content-type')} ${text.slice(0, 200)}`;
    return typeof bodyOf(text)?.error === 'string' ? null : `${status} without an error: ${text.slice(0, 200)}`;
  });
  expect(faults).toEqual([]);
});
