import type { Result } from './lib/result.ts';
import { z } from 'zod';
import { fromHex } from './lib/bytes.ts';
import { ok, refuse } from './lib/result.ts';
import { Secret } from './lib/secret.ts';
import { scrubVariable } from './scrub-environment.ts';

/** Hosts and paths that a caller sees; no query, no trailing slash. */
const webAddress = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).transform((text) => text.replace(/\/+$/, ''));

/** `name=url` pairs separated by commas; a bare url is named after its host. */
const namedAddresses = z.string().transform((text, context) => {
  const list: { name: string; url: string }[] = [];
  for (const part of text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)) {
    const [, name, url] = /^(?:([a-z0-9-]{1,40})=)?(https?:\/\/\S+)$/.exec(part) ?? [];
    if (!url || !URL.canParse(url)) context.addIssue({ code: 'custom', message: 'must be a list of name=url separated by commas' });
    else list.push({ name: name ?? new URL(url).host, url: url.replace(/\/+$/, '') });
  }
  return list as readonly { readonly name: string; readonly url: string }[];
});

const secretHex = (least: number, most: number) =>
  z
    .string()
    .regex(new RegExp(`^(?:[0-9a-fA-F]{2}){${least},${most}}$`), `must be ${least} to ${most} bytes in hex`)
    .transform((text) => new Secret(fromHex(text)));

/** TABLE: every setting, read once from the environment. Units stand in the name, bounds in the schema. docs/operations.md is held to it by a test. */
export const SETTINGS = {
  PORT: z.coerce.number().int().min(1).max(65_535).default(4000).describe('TCP port of the server'),
  BIND: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  PUBLIC_URL: webAddress.optional().describe('address of the checkout pages; default http://localhost:PORT'),
  API_URL: webAddress.optional().describe('address of the API; default PUBLIC_URL'),
  TRUSTED_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(5)
    .default(0)
    .describe('how many reverse proxies stand in front and may name the client'),
  DATA_DIR: z.string().min(1).default('./data').describe('folder of the embedded database and, in the sandbox, of its keys and its world'),
  NETWORK: z
    .enum(['sandbox', 'regtest', 'testnet', 'liquid'])
    .default('sandbox')
    .describe('sandbox plays everything on this machine, without real money'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(?:ql)?$/, error: 'must be a postgresql:// address' })
    .transform((text) => new Secret(text))
    .optional()
    .describe('PostgreSQL 15 or later; absent: the embedded one in DATA_DIR'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// address' })
    .transform((text) => new Secret(text))
    .optional()
    .describe('Redis for announcements and rate limits of several processes; needed when there is more than one'),
  ROLE: z.enum(['all', 'api', 'worker']).default('all').describe('api serves, worker settles and delivers, all does both'),
  SWAP_PROVIDERS: namedAddresses.optional().describe('Lightning swap providers in order of preference, name=url; none: Liquid only'),
  LIQUID_CHAIN_URLS: namedAddresses.optional().describe('Esplora addresses for the Liquid chain, name=url'),
  RATE_URLS: namedAddresses.optional().describe('coingecko=url,coincap=url; default: their public addresses'),
  SEALING_KEY: secretHex(32, 32)
    .optional()
    .describe('32 bytes in hex; seals what rests in the database. Made by itself in the sandbox only'),
  SEED: secretHex(32, 64).optional().describe('32 to 64 bytes in hex; all swap keys come from it. Made by itself in the sandbox only'),
  SEED_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('file with the seed in hex, instead of SEED; the signer alone reads it, the server never does'),
  PAYMENT_TTL_SECONDS: z.coerce.number().int().min(60).max(43_200).default(600).describe('how long a payment can be paid'),
  ZERO_CONF_MAX_SATS: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000_000)
    .transform(BigInt)
    .default(100_000n)
    .describe('up to this amount a lockup is claimed unconfirmed; above it waits for one block'),
  BILLING: z.enum(['on', 'off']).default('on').describe('off: no trial limit and no plans, for those who serve themselves'),
  OPERATOR_DESCRIPTOR: z
    .string()
    .min(1)
    .transform((text) => new Secret(text))
    .optional()
    .describe('descriptor of the wallet that plans are paid to; none: no plans and no registration. Made by itself in the sandbox only'),
  EXPLORER_URL: webAddress
    .optional()
    .describe(
      'block explorer that transactions are linked to, as EXPLORER_URL/tx/…; default the public one of NETWORK, none in the sandbox',
    ),
  TERMS_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional()
    .describe('where the terms of this server stand; named wherever somebody accepts them. Absent: nothing is said'),
  PLAN_GRACE_HOURS: z.coerce.number().int().min(0).max(720).default(72).describe('how long a plan goes on after its end'),
  RATE_LIMITS: z.enum(['on', 'off']).default('on').describe('off: no rate limits, for load tests; refused when NETWORK is liquid'),
  SANDBOX_URL: webAddress
    .optional()
    .describe('address of a sandbox of another process (npm run sandbox); default: one of its own, in DATA_DIR'),
  SANDBOX_BIND: z.enum(['loopback', 'any']).default('loopback').describe('who may call the control routes of the sandbox'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// address' })
    .transform((text) => new Secret(text))
    .optional()
    .describe('mail server with user and password; absent: mails wait in the database, in the sandbox they are shown at GET /sandbox/mail'),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n<>]{0,80}<?[^\s@<>]+@[a-zA-Z0-9.-]+>?$/, 'must be an address, or a name and an address in < >')
    .default('AvoPay <no-reply@localhost>')
    .describe('sender of mails; its domain must be one that the mail server may send for'),
  METRICS_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('TCP port of its own for /metrics, /livez and /readyz, also of a worker; reachable for whoever watches, and nobody else'),
  METRICS_TOKEN: z
    .string()
    .min(16, 'must have 16 characters or more')
    .transform((text) => new Secret(text))
    .optional()
    .describe('bearer token that /metrics asks for; with it PORT serves /metrics too, without it never'),
  DRAIN_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(120)
    .default(0)
    .describe('how long a server that stops goes on serving while /readyz says 503: longer than the proxy takes to see it'),
  LOG_LEVEL: z.enum(['info', 'warn', 'error', 'silent']).default('info').describe('least important kind of log line that is written'),
} as const;

const TABLE = z.object(SETTINGS);
type Parsed = z.output<typeof TABLE>;
export type Config = Omit<Parsed, 'PUBLIC_URL' | 'API_URL'> & { readonly PUBLIC_URL: string; readonly API_URL: string };

/** What every network but the sandbox must be given: money depends on it, so nothing is made up. */
const REQUIRED_OUTSIDE_SANDBOX = ['PUBLIC_URL', 'SEALING_KEY', 'SEED', 'LIQUID_CHAIN_URLS'] as const;

/** What processes share that divide the work among them. */
const REQUIRED_BY_SEVERAL = ['DATABASE_URL', 'REDIS_URL'] as const;

/**
 * Reads the settings, complete or not at all.
 * @returns every fault as a plain sentence that names the setting and never its value.
 */
export function readConfig(environment: { readonly [name: string]: string | undefined }): Result<Config, readonly string[]> {
  const given = Object.fromEntries(Object.keys(SETTINGS).flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
  const parsed = TABLE.safeParse(given);
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
  const network = SETTINGS.NETWORK.safeParse(given['NETWORK']);
  if (network.success && network.data !== 'sandbox') {
    const missing = REQUIRED_OUTSIDE_SANDBOX.filter((name) => !given[name] && !(name === 'SEED' && given['SEED_FILE']));
    for (const name of missing) faults.push(`${name}: is required when NETWORK is not sandbox`);
  }
  if (given['SEED'] && given['SEED_FILE']) faults.push('SEED_FILE: is instead of SEED, not beside it');
  if (given['ROLE'] === 'api' || given['ROLE'] === 'worker') {
    for (const name of REQUIRED_BY_SEVERAL)
      if (!given[name]) faults.push(`${name}: is required when ROLE is ${given['ROLE']}: there is more than one process`);
  }
  if (network.success && network.data !== 'sandbox' && given['SANDBOX_URL']) faults.push('SANDBOX_URL: needs NETWORK to be sandbox');
  if (network.success && network.data === 'liquid' && given['RATE_LIMITS'] === 'off') {
    faults.push('RATE_LIMITS: must be on when NETWORK is liquid');
  }
  if (!parsed.success || faults.length > 0) return refuse(faults);
  const address = parsed.data.PUBLIC_URL ?? `http://localhost:${parsed.data.PORT}`;
  return ok({ ...parsed.data, PUBLIC_URL: address, API_URL: parsed.data.API_URL ?? address });
}

/** The environment of this process. */
export function readEnvironment(): Result<Config, readonly string[]> {
  return readConfig(process.env);
}

/** Takes the seed out of the environment, so that no later code and no process that is started finds it there. False: it still shows in /proc. */
export function forgetSeed(): boolean {
  if (process.env['SEED'] === undefined) return true;
  const isGone = scrubVariable('SEED');
  delete process.env['SEED'];
  return isGone;
}

/** What PostgreSQL's and Node's own clients read: the signer's connections are made as the server's are. */
const FOR_SIGNER = /^(?:NODE_COMPILE_CACHE|PG[A-Z]+|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR))$/;

/** The environment that the signer's process is given: nothing else of ours. */
export function environmentOfSigner(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value && FOR_SIGNER.test(name) ? [[name, value]] : [])),
  );
}
