import type { Avopay } from '../support/avopay.ts';
import type { Merchant } from '../support/merchants.ts';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS, commandText } from '../../src/cli-commands.ts';
import { readConfig } from '../../src/config.ts';
import { startDatabaseServer } from '../../src/database-server.ts';
import { makeLog } from '../../src/lib/log.ts';
import { migrate } from '../../src/migrate.ts';
import { runCommand } from '../../src/run-command.ts';
import { deriveAddress } from '../../src/wallets/derive-address.ts';
import { startAvopay } from '../support/avopay.ts';
import { directPayments } from '../support/direct.ts';
import { connect, freshDescriptor, merchant } from '../support/merchants.ts';
import { SHARED_KEYS } from '../support/second-server.ts';
import { parsed } from '../support/wallets.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay({ ...SHARED_KEYS, ZERO_CONF_MAX_SATS: '0' });
});
afterAll(() => avopay.stop());

const settings = (more: Record<string, string> = {}) => ({ ...SHARED_KEYS, DATABASE_URL: avopay.connectionString, ...more });
const operator = (...words: string[]) => runCommand(words, () => readConfig(settings()), makeLog('silent'));
const direct = () => directPayments(avopay);
const audit = (subjectId: string) => direct().query('SELECT actor, action, facts FROM "AuditEntry" WHERE "subjectId" = $1', [subjectId]);
const shopOf = ({ key }: Merchant) => ({
  create: async () => {
    const created = await avopay.call('POST', '/api/v1/payments', { key, body: { amount: 5, currency: 'EUR' } });
    return (await avopay.call('GET', `/api/v1/payments/${created.body.payment_id}`, { key })).body;
  },
  until: (id: string, status: string) =>
    expect.poll(async () => (await avopay.call('GET', `/api/v1/payments/${id}`, { key })).body.status, { timeout: 20_000 }).toBe(status),
});

describe('D-11: wallet reset', () => {
  test('lets another wallet be connected, is in the audit trail and the event log, and money at the old address still counts', async () => {
    const owner = await merchant(avopay);
    const [old, fresh] = [freshDescriptor(), freshDescriptor()];
    await connect(avopay, owner, old);
    const shop = shopOf(owner);
    const waiting = await shop.create();
    expect(waiting.liquid_address).toBe(deriveAddress(parsed(old), 0).confidential);

    const { code, lines } = await operator('wallet', 'reset', owner.id);
    expect({ code, line: lines[0] }).toMatchObject({ code: 0, line: expect.stringMatching(/^wal_.{26} of acc_.{26} is disconnected/) });
    const [walletId = ''] = lines[0]?.split(' ') ?? [];
    expect(await audit(walletId)).toEqual([{ actor: 'operator', action: 'wallet.reset', facts: {} }]);
    const events = await direct().query('SELECT type FROM "Event" WHERE "subjectId" = $1 ORDER BY sequence', [walletId]);
    expect(events.map(({ type }) => type)).toEqual(['wallet.connected', 'wallet.reset']);
    expect((await avopay.call('GET', '/api/v1/wallet', { key: owner.key })).status).toBe(404);

    expect((await connect(avopay, owner, fresh)).status).toBe(200);
    expect((await shop.create()).liquid_address).toBe(deriveAddress(parsed(fresh), 0).confidential);
    await direct().send(waiting.liquid_address, waiting.amount_sats);
    await shop.until(waiting.payment_id, 'paid');
  });

  test('of an account without a wallet, or of nobody, is refused and leaves no trace', async () => {
    const owner = await merchant(avopay);
    for (const id of [owner.id, 'acc_00000000000000000000000000']) {
      expect(await operator('wallet', 'reset', id)).toEqual({ code: 1, lines: ['refused: this account has no wallet connected'] });
    }
    expect(await direct().query('SELECT 1 FROM "AuditEntry" WHERE "accountId" = $1', [owner.id])).toEqual([]);
  });

  test('twice at once ends one connection and refuses the other', async () => {
    const owner = await merchant(avopay);
    await connect(avopay, owner, freshDescriptor());
    const both = await Promise.all([operator('wallet', 'reset', owner.id), operator('wallet', 'reset', owner.id)]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  });

  test('the old wallet comes back where its counter stood', async () => {
    const owner = await merchant(avopay);
    const old = freshDescriptor();
    await connect(avopay, owner, old);
    await shopOf(owner).create();
    await operator('wallet', 'reset', owner.id);
    expect((await connect(avopay, owner, old)).status).toBe(200);
    expect((await shopOf(owner).create()).liquid_address).toBe(deriveAddress(parsed(old), 1).confidential);
  });
});

describe('a held swap', () => {
  /** A swap whose lockup waits for its block, put aside as the signer's refusal would. */
  async function heldSwap(): Promise<{ paymentId: string; swapId: string }> {
    const payment = await direct().create();
    await direct().pay(payment.body.lightning_invoice);
    const swap = async () => (await direct().query('SELECT id, status FROM "Swap" WHERE "subjectId" = $1', [payment.id]))[0];
    await expect.poll(async () => (await swap()).status, { timeout: 20_000 }).toBe('lockup_seen');
    const { id } = await swap();
    await expect
      .poll(
        () =>
          direct().query(
            `UPDATE "Swap" SET status = 'held', failure = 'claim_outputs', version = version + 1, fence = fence + 1, "leaseUntil" = NULL,
             "nextLookAt" = '2099-01-01' WHERE id = $1 AND status = 'lockup_seen' AND "leaseUntil" IS NULL RETURNING id`,
            [id],
          ),
        { timeout: 20_000 },
      )
      .toHaveLength(1);
    return { paymentId: payment.id, swapId: id };
  }

  test('is listed with what an operator needs, stays put by itself, and is paid after its release', { timeout: 60_000 }, async () => {
    expect(await operator('swaps', 'held')).toEqual({ code: 0, lines: ['no swap is held'] });
    const { paymentId, swapId } = await heldSwap();
    const { lines } = await operator('swaps', 'held');
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^${swapId}  ${avopay.demo.account_id}  ${paymentId}  \\d+ sats  ends at \\d+  claim_outputs$`)),
    ]);
    await direct().mine(1);
    expect((await direct().read(paymentId)).status).toBe('pending');
    const released = { code: 0, lines: [`${swapId} is looked at again (it was held: claim_outputs).`] };
    // A worker may be looking at it just now: then the operator is told so, and asks again.
    await expect.poll(() => operator('swaps', 'release', swapId), { timeout: 30_000 }).toEqual(released);
    await direct().until(paymentId, 'paid');
    expect(await audit(swapId)).toEqual([{ actor: 'operator', action: 'swap.released', facts: { reason: 'claim_outputs' } }]);
  });

  test('is the only kind that can be released', async () => {
    expect(await operator('swaps', 'release', 'swp_x')).toEqual({ code: 1, lines: ['refused: there is no swap of this id'] });
    const { id } = await direct().create();
    const [open] = await direct().query('SELECT id FROM "Swap" WHERE "subjectId" = $1', [id]);
    expect(await operator('swaps', 'release', open.id)).toEqual({ code: 1, lines: ['refused: this swap is not held'] });
    expect(await audit(open.id)).toEqual([]);
  });
});

describe('the operator’s program', () => {
  test('helps, and ends with 2 on what is no command or when a setting is wrong', async () => {
    const help = await operator('--help');
    expect(help.code).toBe(0);
    for (const { words, argument } of COMMANDS) expect(help.lines.join('\n')).toContain(commandText(words, argument));
    for (const words of [[], ['wallet'], ['wallet', 'reset'], ['wallet', 'reset', 'a', 'b'], ['swaps', 'held', 'x'], ['drop', 'table']]) {
      expect((await operator(...words)).code).toBe(2);
    }
    const wrong = await runCommand(['swaps', 'held'], () => readConfig({ NETWORK: 'liquid' }), makeLog('silent'));
    expect(wrong).toMatchObject({ code: 2, lines: expect.arrayContaining(['setting SEED: is required when NETWORK is not sandbox']) });
    const away = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };
    const broken = await runCommand(['swaps', 'held'], () => readConfig(settings(away)), makeLog('silent'));
    expect(broken).toMatchObject({ code: 3, lines: [expect.stringContaining('it could not be done')] });
  });

  test('as a process of its own prints to the right stream and ends with its code', async () => {
    const run = (...words: string[]) =>
      promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/cli.ts', ...words], {
        env: { PATH: process.env['PATH'], ...settings() },
      }).catch((error: { code: number; stdout: string; stderr: string }) => error);
    expect(await run('wallet', 'reset', 'acc_x')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'refused: this account has no wallet connected\n',
    });
  });

  test('reaches the embedded database while a server runs on it, and when none does', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'avopay-operator-'));
    const embedded = await startDatabaseServer({ dataDir: folder, log: makeLog('silent') });
    const ask = () => runCommand(['swaps', 'held'], () => readConfig({ ...SHARED_KEYS, DATA_DIR: folder }), makeLog('silent'));
    const empty = { code: 0, lines: ['no swap is held'] };
    try {
      await migrate(embedded.connectionString);
      expect(await ask()).toEqual(empty);
    } finally {
      await embedded.stop();
    }
    expect(await ask()).toEqual(empty);
    await rm(folder, { recursive: true, force: true });
  });
});
