import { z } from 'zod';
import { SANDBOX_PLANS } from '../control/sandbox-host.ts';

/** The messages between a sandbox and the processes of a product that play in it, as JSON texts over one WebSocket for each process. */

/** Where a sandbox takes links, below its address. */
export const LINK_PATH = '/sandbox/link';
/** The longest message is a list of mails. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

const stand = z.object({ offsetMs: z.number(), pinnedMs: z.number().nullable() });
export const hostAccount = z.object({
  account_id: z.string(),
  email: z.string(),
  password: z.string(),
  secret_key: z.string(),
  publishable_key: z.string(),
});
export const webhookAnswer = z.union([
  z.object({ endpoint_id: z.string(), secret: z.string().nullable() }),
  z.object({ error: z.string() }),
]);
export const mails = z.array(z.record(z.string(), z.unknown()));

/** What the sandbox asks of a host. */
const ask = z.discriminatedUnion('name', [
  z.object({
    name: z.literal('createAccount'),
    order: z.object({ name: z.string(), plan: z.enum(SANDBOX_PLANS), trialUsed: z.number() }),
  }),
  z.object({ name: z.literal('connectWallet'), accountId: z.string(), descriptor: z.string() }),
  z.object({ name: z.literal('setWebhook'), accountId: z.string(), url: z.string(), secret: z.string().nullable() }),
  z.object({ name: z.literal('knowsAccount'), accountId: z.string() }),
  z.object({ name: z.literal('runDue') }),
  z.object({ name: z.literal('readMails') }),
]);

export const fromSandbox = z.discriminatedUnion('kind', [
  /** The first message: where the far side of every wire is, and what time it is there. */
  z.object({
    kind: z.literal('world'),
    link: z.string(),
    providerUrl: z.url(),
    chainUrl: z.url(),
    ratesUrls: z.object({ coingecko: z.url(), coincap: z.url() }),
    operatorDescriptor: z.string(),
    clock: stand,
  }),
  z.object({ kind: z.literal('clock'), clock: stand }),
  z.object({ kind: z.literal('attached'), demo: hostAccount.extend({ descriptor: z.string() }) }),
  z.object({ kind: z.literal('not_attached'), reason: z.string() }),
  z.object({ kind: z.literal('ask'), id: z.number(), ask }),
]);

export const fromProduct = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('attach') }),
  z.object({ kind: z.literal('done'), id: z.number(), value: z.unknown() }),
  z.object({ kind: z.literal('failed'), id: z.number(), reason: z.string() }),
]);

export type Ask = z.output<typeof ask>;
export type FromSandbox = z.output<typeof fromSandbox>;
export type FromProduct = z.output<typeof fromProduct>;
