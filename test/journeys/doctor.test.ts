import type { AddressInfo } from 'node:net';
import type { Row } from '../../doctor/examine.ts';
import type { Avopay } from '../support/avopay.ts';
import { createServer, request } from 'node:http';
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examine } from '../../doctor/examine.ts';
import { startAvopay } from '../support/avopay.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

let avopay: Avopay;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay({ RATE_LIMITS: 'on' });
});
afterAll(() => avopay.stop());

type Spoil = { readonly body?: readonly [string, string]; readonly header?: string };

/** AvoPay behind a proxy that changes one thing of every answer. */
async function spoiled({ body, header }: Spoil): Promise<{ url: string; close: () => void }> {
  const target = new URL(avopay.url);
  const server = createServer((asked, answer) => {
    const passed = request(
      { hostname: target.hostname, port: target.port, method: asked.method, path: asked.url, headers: asked.headers },
      (reply) => {
        const parts: Buffer[] = [];
        reply.on('data', (part: Buffer) => parts.push(part));
        reply.on('end', () => {
          const text = Buffer.concat(parts).toString();
          const { 'content-length': _length, ...headers } = reply.headers;
          if (header) delete headers[header];
          answer.writeHead(reply.statusCode ?? 500, headers).end(body ? text.replaceAll(...body) : text);
        });
      },
    );
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() }; // listening on TCP
}

const failing = (rows: readonly Row[]) => rows.filter(({ verdict }) => verdict === 'fails');

/** What holds through each of the proxies below. */
const UNTOUCHED = ['L-9', 'P-3'];

test.each<[string, Spoil, string[]]>([
  ['a wrong error text', { body: ['Payment not found', 'No such payment'] }, ['G-2', 'X-5']],
  ['a hyphen for a dash', { body: ['Amount too small — ', 'Amount too small - '] }, ['P-14', 'X-5']],
  ['a missing header', { header: 'www-authenticate' }, ['A-1']],
  ['a page that may be framed', { header: 'content-security-policy' }, ['C-8']],
  ['a field of another name', { body: ['"amount_sats"', '"sats"'] }, ['B-6', 'G-1']],
  ['another word for a taken wallet', { body: ['Wallet already connected', 'Wallet is connected'] }, ['D-2']],
  ['a key that is shown again', { body: ['api_key_retrieved', 'api_key'] }, ['R-8']],
  ['a session without its cookie', { header: 'set-cookie' }, ['N-1']],
])('through a proxy with %s the doctor names that item', async (_name, spoil, wanted) => {
  const proxy = await spoiled(spoil);
  const rows = await examine({ url: proxy.url, only: [...wanted, ...UNTOUCHED] });
  expect(
    failing(rows)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(wanted);
  proxy.close();
});

test('the command prints a row for each item and ends with 1 when one fails, with 2 when there is no sandbox', async () => {
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, ['doctor/main.ts', ...args], (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });
  const well = await run('--url', avopay.url, '--only', 'P-14,X-8');
  expect([well.code, well.stdout]).toEqual([
    0,
    expect.stringMatching(/P-14 +holds .*\nX-8 +not testable here .*dashboard\n\n1 hold, 0 fail, 1 are not testable here/),
  ]);
  const proxy = await spoiled({ header: 'www-authenticate' });
  const ill = await run('--url', proxy.url, '--only', 'A-1');
  expect([ill.code, ill.stdout]).toEqual([1, expect.stringMatching(/A-1 +fails .* — WWW-Authenticate: saw nothing/)]);
  proxy.close();
  expect((await run('--url', 'http://127.0.0.1:9')).code).toBe(2);
});
