import type { Socket } from 'node:net';
import type { Destination, DestinationPolicy } from './destination.ts';
import { Resolver } from 'node:dns/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { deadline, monotonicMs, SECOND_MS } from '../lib/time.ts';
import { checkAddresses, isCheckedPeer, LOCALHOST } from './destination.ts';

/** conformance W-7; receivers as documented answer at once. Name, connection, handshake and headers together. */
export const DELIVERY_TIMEOUT_MS = 10 * SECOND_MS;
/** One address of several may be dead; the next is tried while the whole deadline lasts. */
const CONNECT_TIMEOUT_MS = 3 * SECOND_MS;
/** The status line decides; the body is only kept for the log, and is not waited for longer than this. */
const BODY_TIMEOUT_MS = 2 * SECOND_MS;
/** conformance W-7: no more is read of an answer. */
export const RESPONSE_BYTES_MAX = 4 * 1024;
/** Of which so much is kept and shown to the merchant. */
export const RESPONSE_KEPT_BYTES = 2 * 1024;
/** A name server that is slower leaves no time for the POST. */
const LOOK_UP_TIMEOUT_MS = 2 * SECOND_MS;

export type PostFault = 'timeout' | 'name_not_found' | 'address_refused' | 'unreachable' | 'tls_failed' | 'connection_broken';
export type PostResult = Readonly<{
  durationMs: number;
  /** Null: no answer; then `errorCode` says why. */
  httpStatus: number | null;
  errorCode: PostFault | null;
  responseHead: string | null;
}>;
/** POSTs once and never follows a redirect. Everything that can go wrong is in the result. */
export type PostToMerchant = (
  destination: Destination,
  message: { headers: { readonly [name: string]: string }; body: Uint8Array },
) => Promise<PostResult>;

export type WebhookClientDeps = Readonly<{
  policy: DestinationPolicy;
  /** Addresses of a name. Default: the system's name servers. */
  lookUp?: (name: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** Certificates (PEM) trusted beside the public ones. */
  authorities?: readonly string[];
  timeoutMs?: number;
}>;

/** A stranger's server: the address is checked before the connection and on it, and nothing but the answer's head comes back. */
export function webhookClient(deps: WebhookClientDeps): PostToMerchant {
  return async (destination, message) => {
    const startedMs = monotonicMs();
    const { signal, done } = deadline(deps.timeoutMs ?? DELIVERY_TIMEOUT_MS);
    const outcome = await post(deps, { destination, ...message }, signal).catch((error: unknown) => faultOf(error, signal));
    done();
    return { ...outcome, durationMs: Math.round(monotonicMs() - startedMs) };
  };
}

type Message = { readonly destination: Destination; readonly headers: { readonly [name: string]: string }; readonly body: Uint8Array };
type Outcome = Omit<PostResult, 'durationMs'>;

class PostError extends Error {
  readonly code: PostFault;
  constructor(code: PostFault) {
    super(code);
    this.name = 'PostError';
    this.code = code;
  }
}

async function post(deps: WebhookClientDeps, message: Message, signal: AbortSignal): Promise<Outcome> {
  const { destination } = message;
  const checked = checkAddresses(await addressesOf(deps, destination, signal), deps.policy);
  if (!checked.ok) throw new PostError(checked.error === 'no_address' ? 'name_not_found' : 'address_refused');
  const plain = await connectToOne(checked.value, { port: destination.port, policy: deps.policy, signal });
  try {
    const socket = destination.secure ? await handshake(plain, { destination, authorities: deps.authorities ?? [], signal }) : plain;
    return await exchange(socket, message, signal);
  } finally {
    plain.destroy();
  }
}

function faultOf(error: unknown, signal: AbortSignal): Outcome {
  const code = signal.aborted ? 'timeout' : error instanceof PostError ? error.code : 'connection_broken';
  return { httpStatus: null, errorCode: code, responseHead: null };
}

async function addressesOf(deps: WebhookClientDeps, destination: Destination, signal: AbortSignal): Promise<readonly string[]> {
  if (destination.isAddress) return [destination.host];
  if (destination.host === LOCALHOST.name) return LOCALHOST.addresses;
  return orAborted((deps.lookUp ?? askNameServers)(destination.host, signal), signal);
}

/** Straight from the name servers: the system's own look-up blocks a shared thread for as long as a dead server takes. */
export async function askNameServers(name: string, signal: AbortSignal): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: LOOK_UP_TIMEOUT_MS, tries: 2 });
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** Tries the checked addresses in turn. The socket is connected to an address, not to a name: nothing is looked up a second time. */
async function connectToOne(
  addresses: readonly string[],
  options: { port: number; policy: DestinationPolicy; signal: AbortSignal },
): Promise<Socket> {
  for (const address of addresses) {
    const socket = await connectTo(address, options);
    if (!socket) continue;
    if (isCheckedPeer(socket.remoteAddress, address, options.policy)) return socket;
    socket.destroy();
    throw new PostError('address_refused');
  }
  throw new PostError('unreachable');
}

function connectTo(address: string, { port, signal }: { port: number; signal: AbortSignal }): Promise<Socket | null> {
  const patience = deadline(CONNECT_TIMEOUT_MS, signal);
  const socket = connect({ host: address, port });
  socket.on('error', ignore); // its failures are told by `close`
  return new Promise((resolve, reject) => {
    const onAbort = () => socket.destroy();
    patience.signal.addEventListener('abort', onAbort, { once: true });
    if (patience.signal.aborted) onAbort();
    socket.once('connect', () => {
      patience.done();
      resolve(socket);
    });
    socket.once('close', () => {
      patience.done();
      if (signal.aborted) reject(new PostError('timeout'));
      else resolve(null);
    });
  });
}

async function handshake(
  plain: Socket,
  options: { destination: Destination; authorities: readonly string[]; signal: AbortSignal },
): Promise<Socket> {
  const { host, isAddress } = options.destination;
  const name = isAddress ? {} : { servername: host };
  // The default store is parsed once; a list of our own would be parsed for every connection.
  const trust = options.authorities.length > 0 ? { ca: [...rootCertificates, ...options.authorities] } : {};
  const socket = connectTls({ socket: plain, host, ...name, ...trust, ALPNProtocols: ['http/1.1'] });
  socket.on('error', ignore);
  const secured = new Promise<Socket>((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket));
    socket.once('close', () => reject(new PostError('tls_failed')));
  });
  return orAborted(secured, options.signal);
}

function exchange(socket: Socket, { destination, headers, body }: Message, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const call = request({
      method: 'POST',
      path: destination.target,
      headers: { Host: new URL(destination.url).host, ...headers, 'Content-Length': String(body.length), Connection: 'close' },
      createConnection: () => socket, // so that no agent, pool or proxy setting is consulted
    });
    const onLate = () => reject(new PostError('timeout'));
    const onCut = () => reject(new PostError('connection_broken'));
    signal.addEventListener('abort', onLate, { once: true });
    call.on('error', ignore); // its failures are told by `close`
    call.once('close', onCut);
    call.once('response', (response) => {
      call.off('close', onCut);
      signal.removeEventListener('abort', onLate);
      response.on('error', ignore);
      const httpStatus = response.statusCode ?? null;
      void readHead(response, signal).then((responseHead) => resolve({ httpStatus, errorCode: null, responseHead }));
    });
    call.end(body);
  });
}

/** The first bytes of the answer as text that the database can hold. Never rejects: a cut or slow body is no fault, the status has been given. */
function readHead(response: AsyncIterable<Uint8Array> & NodeJS.EventEmitter, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const text = () => new TextDecoder().decode(Buffer.concat(chunks).subarray(0, RESPONSE_KEPT_BYTES)).replaceAll('\0', '\ufffd');
  const patience = deadline(BODY_TIMEOUT_MS, signal);
  return new Promise((resolve) => {
    const finish = () => {
      patience.done();
      resolve(text()); // what still comes is dropped with the connection
    };
    response.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= RESPONSE_BYTES_MAX) finish();
    });
    response.once('close', finish);
    patience.signal.addEventListener('abort', finish, { once: true });
    if (patience.signal.aborted) finish();
  });
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(new PostError('timeout'));
    signal.addEventListener('abort', () => reject(new PostError('timeout')), { once: true });
    work.then(resolve, reject);
  });
}

function ignore(): void {}
