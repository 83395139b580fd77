import type { Door, Import, SourceFacts } from './source-facts.ts';

/** TABLE: what the files of a folder may import of ours, besides the folder itself. Tests, scripts and benchmarks import what they like. */
const MAY_IMPORT: { readonly [folder: string]: readonly string[] } = {
  'src/lib': [],
  'src/events': ['src/lib'],
  'src/limits': ['src/lib'],
  'src/rates': ['src/lib'],
  // Who did what to an account, its keys and its sign-in stands in the one audit trail, beside the log.
  'src/accounts': ['src/lib', 'src/events'],
  'src/liquid': ['src/lib'],
  // What can be counted has names of its own; the wiring says what each figure means.
  'src/metrics': ['src/lib'],
  // Mails are words and a queue: whoever has a reason to write queues one in the commit of that reason.
  'src/mail': ['src/lib'],
  // People sign in to accounts; accounts know sessions only as one more kind of caller.
  'src/sign-in': ['src/lib', 'src/events', 'src/accounts', 'src/mail'],
  'src/wallets': ['src/lib', 'src/liquid', 'src/events'],
  'src/swaps': ['src/lib', 'src/liquid', 'src/events'],
  'src/payments': ['src/lib', 'src/events', 'src/rates', 'src/accounts', 'src/wallets', 'src/swaps'],
  'src/links': ['src/lib', 'src/events', 'src/rates', 'src/accounts', 'src/swaps', 'src/payments'],
  // A logo belongs to an account, and changing it is a line of the audit trail; decoding pictures is a danger of its own, kept apart.
  'src/logos': ['src/lib', 'src/events', 'src/accounts'],
  'src/billing': ['src/lib', 'src/events', 'src/rates', 'src/accounts', 'src/swaps', 'src/payments'],
  'src/registrations': ['src/lib', 'src/events', 'src/accounts', 'src/swaps', 'src/billing'],
  // An export is what the database holds of an account, read as it lies; each is a line of the audit trail.
  'src/exports': ['src/lib', 'src/events'],
  // How long things are kept is one table; where a slice has promised a time itself, the table repeats that one.
  'src/retention': ['src/lib', 'src/payments', 'src/registrations'],
  // Reads across all slices by plain SQL: it judges what they wrote, so it shares no code with them.
  'src/audit': ['src/lib', 'src/events', 'src/liquid'],
  'src/webhooks': ['src/lib', 'src/events', 'src/accounts'],
  schema: ['src/*', 'subscriptions', 'prisma'],
  subscriptions: ['schema', 'src/events', 'src/lib'],
  'rest-adapter': ['schema', 'src/lib', 'src/limits'],
  web: ['schema/generated'],
  sandbox: ['src/lib'],
  doctor: [], // judges from outside: with the server's own code it would share its mistakes
  src: ['src/*', 'schema', 'subscriptions', 'rest-adapter', 'prisma', 'web', 'sandbox'],
};

/** The only files that may look inside the database; the wiring builds the client. */
const TOUCHES_PRISMA = /(?:-store|\/outbox|\/idempotency|^src\/lib\/database|^src\/[^/]+|^prisma\/seed)\.ts$/;
/** The GraphQL builder takes the plain lists' types from Prisma, and the context carries the client to its plugin. */
const SEES_PRISMA_TYPES = /^schema\/(?:builder|index|context)\.ts$/;
/** The composition root, which loads the sandbox in sandbox mode only. */
const LOADS_SANDBOX = /^src\/(?:app|start|sandbox-host)\.ts$/;
/** The only files of the server that may open a connection; the wiring listens and connects. */
const OPENS_CONNECTIONS = /(?:-client|\/http-client|\/deliver-due|^src\/[^/]+|^subscriptions\/socket)\.ts$/;
const CONNECTIONS = new Set([
  'net',
  'http',
  'https',
  'http2',
  'tls',
  'dgram',
  'undici',
  'ws',
  'ioredis',
  'pg',
  'graphql-request',
  'nodemailer',
]);
/** Of `node:net`, what only reads addresses. */
const HARMLESS = new Set(['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress']);
/** Type-checked programs whose folders the doors are watched in. */
const SERVER = /^(?:src|schema|subscriptions|rest-adapter)\//;

/** What a file does against the house, as sentences; nothing when it keeps the rules. */
export function violations(facts: SourceFacts): string[] {
  const folder = folderOf(facts.path);
  const imports = facts.imports.flatMap((imported) => {
    const what = importFault(facts.path, folder, imported);
    return what ? [`${facts.path}:${imported.line} ${what}`] : [];
  });
  const doors = facts.doors.flatMap(({ door, line }) => (isOpen(facts.path, door) ? [] : [`${facts.path}:${line} ${DOOR_WORDS[door]}`]));
  return [...imports, ...doors];
}

function importFault(path: string, folder: string, imported: Import): string | null {
  const { target } = imported;
  if (!imported.isOurs) return connectionFault(path, imported);
  const rules = MAY_IMPORT[folder];
  if (!rules) return null;
  if (target.startsWith('prisma/generated/')) return prismaFault(path, imported);
  if (target === 'package.json') return null;
  const to = folderOf(target);
  if (to === 'sandbox' && folder === 'src' && !LOADS_SANDBOX.test(path)) return 'imports the sandbox; only the composition root may';
  if (folder === 'schema' && target.endsWith('-store.ts') && !imported.isTypeOnly) return `imports the store ${target}`;
  const inside = (rule: string) => to === rule || target.startsWith(`${rule}/`) || (rule === 'src/*' && to.startsWith('src/'));
  const allowed = to === folder || rules.some(inside);
  return allowed ? null : `imports ${target}; ${folder} may import ${rules.join(', ') || 'nothing of ours'}`;
}

function prismaFault(path: string, imported: Import): string | null {
  if (TOUCHES_PRISMA.test(path) || (imported.isTypeOnly && SEES_PRISMA_TYPES.test(path))) return null;
  // The printed model is data about the lists, not a way to the rows.
  if (SEES_PRISMA_TYPES.test(path) && imported.target.endsWith('/pothos-types.ts')) return null;
  return 'imports the Prisma client; only stores, the outbox and the idempotency records may';
}

function connectionFault(path: string, { target, isTypeOnly, names }: Import): string | null {
  if (!SERVER.test(path) || isTypeOnly || !CONNECTIONS.has(target) || OPENS_CONNECTIONS.test(path)) return null;
  return names.every((name) => HARMLESS.has(name))
    ? null
    : `imports ${target}; only *-client.ts, http-client.ts and deliver-due.ts open connections`;
}

const DOOR_WORDS: { readonly [Name in Door]: string } = {
  time: 'reads the clock; time comes in as `at: Date` or `now: Clock` (src/lib/time.ts)',
  chance: 'makes random bytes; chance comes in as `random: Random` (src/lib/random.ts)',
  timer: 'sets a timer; src/lib/time.ts has `pause`',
  fetch: 'calls fetch; src/lib/http-client.ts is the door',
  environment: 'reads the environment; only src/config.ts may',
  prisma: 'looks inside the database; only stores, the outbox and the idempotency records may',
};

function isOpen(path: string, door: Door): boolean {
  if (path.startsWith('src/lib/')) return door !== 'environment';
  if (path.startsWith('sandbox/')) return door === 'timer' || door === 'fetch';
  if (path.startsWith('web/')) return door !== 'environment' && door !== 'prisma'; // a browser has no other clock, and spreads its reconnects
  if (!SERVER.test(path)) return true;
  if (door === 'environment') return path === 'src/config.ts';
  return door === 'prisma' && TOUCHES_PRISMA.test(path);
}

/** `src/x` for slices, `src` for the wiring, otherwise the top folder. */
function folderOf(path: string): string {
  const parts = path.split('/');
  return parts[0] === 'src' && parts.length > 2 ? `src/${parts[1]}` : (parts[0] ?? '');
}
