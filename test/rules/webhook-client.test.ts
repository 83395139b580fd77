import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Destination, DestinationPolicy } from '../../src/webhooks/destination.ts';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { parseDestination } from '../../src/webhooks/destination.ts';
import { webhookClient } from '../../src/webhooks/webhook-client.ts';

const SANDBOX: DestinationPolicy = { allowHttp: true, allowLoopback: true };
const TIMEOUT_MS = 600;
const open: { close: () => unknown }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function listening<T extends Server | ReturnType<typeof createTcp>>(server: T, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  open.push(server);
  return (server.address() as AddressInfo).port;
}

/** A receiver that is not HTTP unless its script says so. */
function raw(script: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => script(socket));
  });
  open.push({ close: () => sockets.forEach((socket) => void socket.destroy()) });
  return listening(server);
}

async function closedPort(): Promise<number> {
  const server = createTcp();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

function to(url: string): Destination {
  const destination = parseDestination(url, SANDBOX);
  if (!destination.ok) throw new Error(destination.error.message);
  return destination.value;
}

const post = webhookClient({ policy: SANDBOX, timeoutMs: TIMEOUT_MS });
const message = { headers: { 'Content-Type': 'application/json', 'X-AvoPay-Attempt': '1' }, body: Buffer.from('{"amount":"5 €"}') };

test('a receiver gets the bytes, the headers and the path as they are, one connection for each POST', async () => {
  const seen: { request: IncomingMessage; body: Buffer; port: number | undefined }[] = [];
  const port = await listening(
    createHttp((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ request, body: Buffer.concat(chunks), port: request.socket.remotePort });
        response.end('thanks');
      });
    }),
  );
  const results = [await post(to(`http://127.0.0.1:${port}/a/b?c=d#e`), message), await post(to(`http://localhost:${port}/`), message)];
  expect(results.map(({ durationMs, ...rest }) => rest)).toEqual(
    [1, 2].map(() => ({ httpStatus: 200, errorCode: null, responseHead: 'thanks' })),
  );
  expect(seen[0]?.request).toMatchObject({ method: 'POST', url: '/a/b?c=d' });
  expect(seen[0]?.request.rawHeaders).toEqual([
    'Host',
    `127.0.0.1:${port}`,
    'Content-Type',
    'application/json',
    'X-AvoPay-Attempt',
    '1',
    'Content-Length',
    String(message.body.length),
    'Connection',
    'close',
  ]);
  expect(seen.every(({ body }) => body.equals(message.body))).toBe(true);
  expect(seen[0]?.port).not.toBe(seen[1]?.port);
});

test('W-7: a redirect is the answer, and is not followed', async () => {
  let followed = 0;
  const inner = await listening(
    createHttp((_request, response) => {
      followed++;
      response.end();
    }),
  );
  const statuses: unknown[] = [];
  for (const status of [301, 302, 303, 307, 308]) {
    const port = await listening(
      createHttp((_request, response) => response.writeHead(status, { location: `http://127.0.0.1:${inner}/` }).end()),
    );
    statuses.push((await post(to(`http://127.0.0.1:${port}/`), message)).httpStatus);
  }
  expect({ statuses, followed }).toEqual({ statuses: [301, 302, 303, 307, 308], followed: 0 });
});

test('W-7: of an endless answer at most a few kilobytes are read, and two are kept', async () => {
  let written = 0;
  const port = await listening(
    createHttp((_request, response) => {
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(1000))) written += 1000;
      };
      response.on('drain', pour);
      pour();
    }),
  );
  const result = await post(to(`http://127.0.0.1:${port}/`), message);
  expect(result.httpStatus).toBe(200);
  expect(result.responseHead).toBe('x'.repeat(2048));
  expect(written).toBeLessThan(20_000_000);
});

test('an answer whose body stalls, breaks off or is not text still counts by its status', async () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n';
  const stalls = await raw((socket) => socket.write(`${head}part`));
  const breaks = await raw((socket) => socket.end(`${head}part`));
  const binary = await raw((socket) => socket.end(Buffer.concat([Buffer.from(head), Buffer.from([0, 1, 0xff, 0xfe, 65])])));
  const results = await Promise.all([stalls, breaks, binary].map((port) => post(to(`http://127.0.0.1:${port}/`), message)));
  expect(results.map((result) => result.httpStatus)).toEqual([200, 200, 200]);
  expect(results.map((result) => result.responseHead)).toEqual(['part', 'part', '\ufffd\u0001\ufffd\ufffdA']);
});

test('W-7: silence, noise, resets, upgrades and closed ports are told apart, and end within the deadline', async () => {
  const scripts = {
    silent: await raw(() => undefined),
    drips: await raw((socket) => socket.write('HTTP/1.1 20')),
    hints: await raw((socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')),
    noise: await raw((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
    resets: await raw((socket) => socket.resetAndDestroy()),
    ends: await raw((socket) => socket.end()),
    upgrades: await raw((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')),
  };
  const outcomes: Record<string, unknown> = {};
  for (const [name, port] of Object.entries({ ...scripts, closed: await closedPort() })) {
    const result = await post(to(`http://127.0.0.1:${port}/`), message);
    outcomes[name] = result.errorCode;
    expect(result.httpStatus, name).toBeNull();
    expect(result.durationMs, name).toBeLessThan(TIMEOUT_MS + 60_000);
  }
  expect(outcomes).toEqual({
    silent: 'timeout',
    drips: 'timeout',
    hints: 'timeout',
    noise: 'connection_broken',
    resets: 'connection_broken',
    ends: 'connection_broken',
    upgrades: 'connection_broken',
    closed: 'unreachable',
  });
});

test('a name that is unknown, or whose server never answers, is a failure of its own', async () => {
  const nowhere = webhookClient({ policy: SANDBOX, timeoutMs: TIMEOUT_MS, lookUp: async () => [] });
  const never = webhookClient({ policy: SANDBOX, timeoutMs: TIMEOUT_MS, lookUp: () => new Promise(() => undefined) });
  expect((await nowhere(to('http://hooks.shop.example/'), message)).errorCode).toBe('name_not_found');
  expect((await never(to('http://hooks.shop.example/'), message)).errorCode).toBe('timeout');
});

test('when the first address of a name is dead the next one is used', async () => {
  const port = await listening(
    createHttp((_request, response) => response.end('here')),
    '::1',
  );
  const client = webhookClient({ policy: SANDBOX, timeoutMs: TIMEOUT_MS, lookUp: async () => ['::1', '127.0.0.1'] });
  expect((await client(to(`http://hooks.shop.example:${port}/`), message)).responseHead).toBe('here');
});

test('over https the certificate must be of a trusted authority and for this very name', async () => {
  const port = await listening(createHttps({ cert: CERTIFICATE, key: KEY }, (_request, response) => response.end('secure')));
  const lookUp = async () => ['127.0.0.1'];
  const trusting = webhookClient({ policy: SANDBOX, timeoutMs: 2000, lookUp, authorities: [CERTIFICATE] });
  const strict = webhookClient({ policy: SANDBOX, timeoutMs: 2000, lookUp });
  const plain = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
  expect(await trusting(to(`https://hooks.shop.example:${port}/`), message)).toMatchObject({
    httpStatus: 200,
    errorCode: null,
    responseHead: 'secure',
  });
  expect((await trusting(to(`https://other.shop.example:${port}/`), message)).errorCode).toBe('tls_failed');
  expect((await trusting(to(`https://127.0.0.1:${port}/`), message)).errorCode).toBe('tls_failed');
  expect((await strict(to(`https://hooks.shop.example:${port}/`), message)).errorCode).toBe('tls_failed');
  expect((await trusting(to(`https://hooks.shop.example:${plain}/`), message)).errorCode).toBe('tls_failed');
});

/** For hooks.shop.example, valid 2020 to 2120. Made for this test; it opens nothing. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfDCCASKgAwIBAgIBATAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJob29rcy5z
aG9wLmV4YW1wbGUwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB0x
GzAZBgNVBAMMEmhvb2tzLnNob3AuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABFRhijB5oOP7MP88w7XH8JFPdt9+4LHIBX+r0sPo1lJZcKb+rSuU9dgu
MF6FCoqrwhZiwp43go15UOK0JJnYPjyjUTBPMB0GA1UdEQQWMBSCEmhvb2tzLnNo
b3AuZXhhbXBsZTAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBQ+km/EqPXFO4Nz
bpinz0r2FYYA1jAKBggqhkjOPQQDAgNIADBFAiA3pnKB2R15MVLw3w3JDBAxG98m
3AHVhhzEg1ijVhiSKgIhAMMlcJeZki1F11o0zge8J+G7EILUv4qpgUkBuu+QgB7N
-----END CERTIFICATE-----`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgulgJx93pVzPkK5VJ
cQSBqO008PxEeP05WOos02AxEFChRANCAARUYYoweaDj+zD/PMO1x/CRT3bffuCx
yAV/q9LD6NZSWXCm/q0rlPXYLjBehQqKq8IWYsKeN4KNeVDitCSZ2D48
-----END PRIVATE KEY-----`;
