import type { Tx } from '../../src/lib/database.ts';
import type { NewEvent } from '../../src/events/event.ts';
import type { SwapBackend } from '../../src/swaps/make-lightning-backend.ts';
import type { SwapWorld } from '../support/swap-world.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planEnd } from '../../src/billing/plan.ts';
import { followSubjects } from '../../src/build-plans.ts';
import { recordEvent } from '../../src/events/outbox.ts';
import { newId } from '../../src/lib/ids.ts';
import { makeLog } from '../../src/lib/log.ts';
import { sats } from '../../src/lib/money.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { mintRegistrationKey } from '../../src/registrations/open-paid-account.ts';
import { findRegistration, insertRegistration } from '../../src/registrations/registration-store.ts';
import { registrationSubject } from '../../src/registrations/registration.ts';
import { Death, openSwapWorld } from '../support/swap-world.ts';

let world: SwapWorld;
beforeAll(async () => {
  world = await openSwapWorld();
  await world.backend().prepare();
});
afterAll(() => world.close());

/** Longer than a lease: whoever held one is given up. */
const LEASE_OVER_MS = 21_000;
/** `STRIDE=1 npm test test/api/registration-crashes.test.ts` dies at every call; the suite at a sample of them, another one before than after. */
const STRIDE = Number(process.env['STRIDE'] ?? 6);
const FIRST = { before: 1, after: 4 } as const;

function following() {
  const record = (tx: Tx, event: NewEvent) => recordEvent(tx, newId(systemRandom, 'event'), event);
  const never = async () => {
    throw new Error('no payment is played here');
  };
  const core = { log: makeLog('silent'), random: systemRandom };
  return followSubjects(core, { sealer: world.sealer, record }, { mayAccept: never, follow: never });
}

function backend(death = new Death()): SwapBackend {
  return world.backend(death, following());
}

async function openRegistration(lifeMs = 86_400_000) {
  const idHash = new Uint8Array(systemRandom(32));
  const subjectId = registrationSubject(idHash);
  const createdAt = world.now();
  const email = `${subjectId.slice(0, 12)}@example.com`;
  const registration = { idHash, email, passwordHash: '$argon2id$x', plan: 'lightning_monthly', usdMinor: 900n, createdAt } as const;
  const request = world.request({ subject: 'registration', subjectId });
  const opened = await backend().open(request, async (tx) => {
    await insertRegistration(tx, { ...registration, expiresAt: new Date(createdAt.getTime() + lifeMs) });
  });
  if (!opened.ok) throw new Error(opened.error.code);
  return { ...opened.value, idHash, email };
}

type Opened = Awaited<ReturnType<typeof openRegistration>>;

async function expectOneAccount({ idHash, email, swapId }: Opened): Promise<string> {
  const { client } = world.database;
  const users = await client.user.findMany({ where: { email }, include: { account: { include: { apiKeys: true } } } });
  expect(users).toHaveLength(1);
  const { account, accountId } = users[0] ?? expect.fail('no user');
  const periods = await client.planPeriod.findMany({ where: { accountId } });
  expect(periods.map((period) => [period.status, period.swapId])).toEqual([['paid', swapId]]);
  expect(account.planEndsAt).toEqual(planEnd(periods[0]?.startsAt ?? new Date(0), 'lightning_monthly'));
  expect(account.apiKeys.map(({ kind }) => kind)).toEqual(['publishable']);
  const active = await findRegistration(world.database, idHash);
  expect(active).toMatchObject({ status: 'active', accountId, apiKeyId: null });
  const told = await client.event.findMany({ where: { subjectId: registrationSubject(idHash) } });
  expect(told.map(({ type, accountId: to }) => [type, to])).toEqual([['registration.active', world.merchant.accountId]]);
  return accountId;
}

test.each(['before', 'after'] as const)(
  'R-9: a process that dies %s any one call while a registration is being paid opens its account once',
  {
    timeout: 240_000,
  },
  async (mode) => {
    let at = STRIDE === 1 ? 1 : FIRST[mode];
    for (let died = true; died; at += STRIDE) {
      const opened = await openRegistration();
      const death = new Death(at, mode);
      await world.pay(opened);
      await backend(death)
        .reconcile(opened.swapId)
        .catch(() => null);
      if (death.dead) world.advance(LEASE_OVER_MS);
      await backend().lookAtDueSwaps();
      await backend().reconcile(opened.swapId);
      await expectOneAccount(opened).catch((error: unknown) => {
        throw new Error(`death ${mode} step ${at}`, { cause: error });
      });
      died = death.dead;
    }
    expect(at).toBeGreaterThan(10);
  },
);

test('R-8: a process that dies between the payment and the key leaves a key that the next poll is handed; one that dies after it, none', async () => {
  const opened = await openRegistration();
  await world.pay(opened);
  await backend().reconcile(opened.swapId);
  const accountId = await expectOneAccount(opened);
  const registration = await findRegistration(world.database, opened.idHash);
  if (registration?.status !== 'active') throw new Error('not active');
  const { database, now, sealer } = world;
  const deps = { database, now, sealer, random: systemRandom };
  const cutOff = { ...database, transact: () => Promise.reject(new Error('the process is dead')) };
  await expect(mintRegistrationKey({ ...deps, database: cutOff }, registration)).rejects.toThrow('dead');
  const halfway = {
    ...database,
    transact: <T>(work: (tx: Tx) => Promise<T>) =>
      database.transact<T>(async (tx) => {
        await work(tx);
        throw new Error('the process is dead');
      }),
  };
  await expect(mintRegistrationKey({ ...deps, database: halfway }, registration)).rejects.toThrow('dead');
  expect(await database.client.apiKey.count({ where: { accountId, kind: 'secret' } })).toBe(0);
  const keys = await Promise.all(Array.from({ length: 10 }, () => mintRegistrationKey(deps, registration)));
  expect(keys.filter((key) => key !== null)).toHaveLength(1);
  expect(await database.client.apiKey.count({ where: { accountId, kind: 'secret' } })).toBe(1);
});

test('R-11: a payment that is seen after the registration’s time is over opens the account all the same', async () => {
  const opened = await openRegistration(1_000);
  await world.pay(opened);
  world.advance(60_000);
  await backend().glanceAtUnpaid();
  await backend().reconcile(opened.swapId);
  await expectOneAccount(opened);
});

test('a payer whose money the operator lost after the preimage had left has paid all the same, once', async () => {
  const told = async ({ idHash, swapId }: Opened) => {
    const { accountId } = world.merchant;
    const said = { accountId, subject: 'registration', subjectId: registrationSubject(idHash), swapId, at: world.now() };
    await world.database.transact((tx) => following().onProgress(tx, { ...said, kind: 'payout_lost', amountSats: sats(62_341n) }));
  };
  const unpaid = await openRegistration();
  await told(unpaid);
  await expectOneAccount(unpaid);
  const paid = await openRegistration();
  await world.pay(paid);
  await backend().reconcile(paid.swapId);
  await told(paid);
  await expectOneAccount(paid);
});

test('the operator holds what was paid, and an error was never logged on the way', async () => {
  await world.chain.mine(2);
  const swaps = await world.database.client.swap.findMany();
  const owed = swaps.reduce((sum, { lockupSats, claimFeeSats }) => sum + (lockupSats ?? 0n) - (claimFeeSats ?? 0n), 0n);
  expect((await world.merchant.wallet.scan()).balanceSats).toBe(owed);
  expect(world.logged.filter(({ level }) => level === 'error')).toEqual([]);
});
