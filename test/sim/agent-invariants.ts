import type { Row } from './rows.ts';
import type { Change } from './server.ts';
import type { World } from './world.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { ACCOUNT } from './plan.ts';

/** TABLE: restated from src/registrations, so that a change is argued twice. Here all passwords of one address are equal, and nobody forgets a registration. */
const EDGES: readonly string[] = ['pending>pending', 'pending>active', 'active>active'];

/** The promises about accounts that begin with a payment, looked at in each commit. */
export function watchAgents(world: World, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.table === 'registration') onRegistration(world, change, changes);
    if (change.table === 'apiKey') onKey(world, change);
    if (change.table === 'user' || change.table === 'account') onOwner(world);
    if (change.table === 'swap') onSwap(world, change);
    if (change.table === 'planPeriod') onPeriod(world, change);
  }
}

function onRegistration(world: World, { before, after }: Change, changes: readonly Change[]): void {
  if (!before) return;
  const edge = `${String(before['status'])}>${String(after?.['status'])}`;
  if (!EDGES.includes(edge)) world.violate(`R9 a registration went ${edge}`);
  if (before['accountId'] !== null && before['accountId'] !== after?.['accountId']) world.violate('R9 a registration changed its account');
  const keyId = after?.['apiKeyId'] ?? null;
  if (before['apiKeyId'] === keyId) return;
  if (before['apiKeyId'] !== null) world.violate('R8 the key of a registration was replaced');
  const isMade = changes.some(({ table, id, before: earlier }) => table === 'apiKey' && id === keyId && earlier === null);
  if (!isMade) world.violate('R8 a right to a key was spent without its key');
}

/** No secret key but the one that its registration names. */
function onKey(world: World, { after, before }: Change): void {
  if (before || after?.['kind'] !== 'secret') return;
  const named = rows(world, 'registration').filter((one) => one['apiKeyId'] === after['id'] && one['accountId'] === after['accountId']);
  if (named.length !== 1) world.violate('R8 a key was made that no registration has a right to');
}

/** One account, one owner, one address. */
function onOwner(world: World): void {
  const users = rows(world, 'user');
  if (new Set(users.map(({ email }) => email)).size < users.length) world.violate('R9 two owners of one address');
  const accounts = rows(world, 'account').filter(({ id }) => id !== ACCOUNT);
  const owned = new Set(users.map(({ accountId }) => accountId));
  if (accounts.length !== owned.size || accounts.some(({ id }) => !owned.has(id))) world.violate('R9 an account without its one owner');
}

/** What was paid has bought its period in the very commit that says so. */
function onSwap(world: World, { before, after }: Change): void {
  if (after?.['subject'] !== 'registration') return;
  const isAccepted = after['acceptedAt'] !== null && (before?.['acceptedAt'] ?? null) === null;
  if (isAccepted && !isCredited(world, after)) world.violate('R9 a payment for an account was dropped');
}

function onPeriod(world: World, { before, after }: Change): void {
  if (!after || before) {
    world.violate('R9 a paid period was changed');
    return;
  }
  const swap = world.server.tables.get('swap')?.get(String(after['swapId']));
  const hasLeft = swap && swap['revealedAt'] !== null;
  if (swap?.['subject'] !== 'registration' || !hasLeft) world.violate('R9 a period that nobody has paid for');
  if (swap && after['sats'] !== swap['invoiceSats']) world.violate('R9 a period was paid with another amount');
  onPeriodsOf(world, String(after['accountId']));
}

/** They stand one behind another, each a month, and the account ends with the last. */
function onPeriodsOf(world: World, accountId: string): void {
  const times = rows(world, 'planPeriod')
    .filter((one) => one['accountId'] === accountId)
    .map((one) => [(one['startsAt'] as Date).getTime(), (one['endsAt'] as Date).getTime()] as const)
    .sort(([a], [b]) => a - b);
  const isStacked = times.every(([startsAt], i) => i === 0 || times[i - 1]?.[1] === startsAt);
  if (!isStacked) world.violate('R9 periods overlap, or leave a gap');
  const account = world.server.tables.get('account')?.get(accountId);
  if ((account?.['planEndsAt'] as Date | null)?.getTime() !== times.at(-1)?.[1])
    world.violate('R9 an account ends before what it has paid');
}

/** Once the storm is over: who was polled for has its one key. */
export function judgeAgents(world: World): void {
  for (const one of rows(world, 'registration')) {
    if (one['status'] === 'active' && one['apiKeyId'] === null) world.violate('R8 an account whose key nobody was ever handed');
    const swaps = rows(world, 'swap').filter(({ subjectId }) => subjectId === toHex(one['idHash'] as Uint8Array));
    if (one['status'] !== 'active' && swaps.some((swap) => isCredited(world, swap))) world.violate('R9 a paid registration rests unpaid');
  }
}

/** A payer of this swap has got what was paid for. */
export function isCredited(world: World, swap: Row): boolean {
  return rows(world, 'planPeriod').some((period) => period['swapId'] === swap['id'] && period['status'] === 'paid');
}

function rows(world: World, table: string): readonly Row[] {
  return [...(world.server.tables.get(table)?.values() ?? [])];
}
