import type { Database, Tx } from '../lib/database.ts';
import type { Currency } from '../lib/money.ts';
import type { ExportCursor, ExportRow, ExportSection } from './export-page.ts';
import { inTx } from '../lib/database.ts';
import { jsonNumber, parseJson } from '../lib/json.ts';
import { fiatText } from '../lib/money.ts';
import { plainRow } from './export-page.ts';

type Asked = Omit<ExportCursor, 'section'> & { readonly accountId: string; readonly most: number };
type Read = (database: Database, asked: Asked) => Promise<readonly ExportRow[]>;

/** What of an account leaves it. Columns are named one by one: what is secret, sealed or hashed is not among them. */
export function readExportRows(database: Database, section: ExportSection, asked: Asked): Promise<readonly ExportRow[]> {
  return READS[section](database, asked);
}

/** When this account was last exported, from the audit trail; null: not since then. */
export async function lastExportSince(tx: Tx, accountId: string, since: Date): Promise<Date | null> {
  const where = { accountId, action: EXPORTED, createdAt: { gt: since } };
  const line = await inTx(tx).auditEntry.findFirst({ where, orderBy: { createdAt: 'desc' }, select: { createdAt: true } });
  return line?.createdAt ?? null;
}

/** How an export is called in the audit trail. */
export const EXPORTED = 'account.exported';

/** Newest first, as the lists' indexes stand. */
function page({ accountId, until, after, most }: Asked) {
  const older = after ? { OR: [{ createdAt: { lt: after.at } }, { createdAt: after.at, id: { gt: after.id } }] } : {};
  return {
    where: { accountId, createdAt: { lte: until }, ...older },
    orderBy: [{ createdAt: 'desc' as const }, { id: 'asc' as const }],
    take: most,
  };
}

function placed<Row extends { readonly id: string; readonly createdAt: Date }>(rows: readonly Row[]): readonly ExportRow[] {
  return rows.map((row) => ({ at: row.createdAt, id: row.id, row }));
}

function amountOf(fiatMinor: bigint | null, currency: string): object {
  return { amountFiat: fiatMinor === null ? null : jsonNumber(fiatText({ minor: fiatMinor, currency: currency as Currency })), currency }; // stored from CURRENCIES
}

const readPayments =
  (mode: 'live' | 'test'): Read =>
  async ({ client }, asked) => {
    const { where, ...order } = page(asked);
    const rows = await client.payment.findMany({
      ...{ ...order, where: { ...where, mode } },
      omit: { accountId: true, version: true, visitorHash: true, nextLookAt: true, quoteId: true },
    });
    return rows.map(({ fiatMinor, currency, metadataText, ...row }) => ({
      ...{ at: row.createdAt, id: row.id },
      row: { ...row, ...amountOf(fiatMinor, currency), metadata: parseJson(metadataText) },
    }));
  };

const READS: { readonly [Section in ExportSection]: Read } = {
  account: async ({ client }, { accountId }) => {
    const select = {
      id: true,
      name: true,
      status: true,
      brandColour: true,
      settings: true,
      trialUsed: true,
      planEndsAt: true,
      createdAt: true,
    };
    return placed(await client.account.findMany({ where: { id: accountId }, select }));
  },
  people: async ({ client }, asked) =>
    placed(
      await client.user.findMany({ ...page(asked), select: { id: true, email: true, emailVerifiedAt: true, role: true, createdAt: true } }),
    ),
  keys: async ({ client }, asked) => placed(await client.apiKey.findMany({ ...page(asked), omit: { accountId: true, hash: true } })),
  wallets: async ({ client }, { accountId, until }) => {
    const where = { accountId, connectedAt: { lte: until } };
    const select = { id: true, via: true, connectedAt: true, endedAt: true };
    const rows = await client.wallet.findMany({ where, select, orderBy: { connectedAt: 'desc' } });
    return rows.map((row) => ({ at: row.connectedAt, id: row.id, row }));
  },
  plan_periods: async ({ client }, asked) =>
    placed(
      await client.planPeriod.findMany({
        ...page(asked),
        omit: { accountId: true, version: true, quoteId: true, swapId: true, usdMinor: true },
      }),
    ),
  endpoints: async ({ client }, asked) =>
    placed(
      await client.webhookEndpoint.findMany({
        ...page(asked),
        select: { id: true, mode: true, isDefault: true, url: true, eventTypes: true, status: true, failingSince: true, createdAt: true },
      }),
    ),
  links: async ({ client }, asked) => {
    const rows = await client.paymentLink.findMany({ ...page(asked), omit: { accountId: true, version: true } });
    return rows.map(({ fiatMinor, currency, ...row }) => ({
      at: row.createdAt,
      id: row.id,
      row: { ...row, ...amountOf(fiatMinor, currency) },
    }));
  },
  payments: readPayments('live'),
  test_payments: readPayments('test'),
  events: async ({ client }, { accountId, until, after, most }) => {
    const older = after ? { sequence: { lt: BigInt(after.id) } } : {};
    const rows = await client.event.findMany({
      where: { accountId, createdAt: { lte: until }, ...older },
      orderBy: { sequence: 'desc' },
      take: most,
      select: { id: true, sequence: true, type: true, subjectId: true, facts: true, webhookBody: true, createdAt: true },
    });
    return rows.map((row) => ({ at: row.createdAt, id: row.sequence.toString(), row: { ...row, sequence: row.sequence.toString() } }));
  },
  deliveries: async ({ client }, asked) => {
    const attemptRows = {
      orderBy: { number: 'asc' as const },
      select: { id: true, number: true, startedAt: true, durationMs: true, httpStatus: true, errorCode: true },
    };
    const rows = await client.delivery.findMany({
      ...page(asked),
      select: {
        id: true,
        endpointId: true,
        eventId: true,
        redelivery: true,
        status: true,
        nextAttemptAt: true,
        createdAt: true,
        attemptRows,
      },
    });
    return rows.map(({ attemptRows: made, ...row }) => ({ at: row.createdAt, id: row.id, row: { ...row, attempts: made.map(plainRow) } }));
  },
  audit: async ({ client }, asked) =>
    placed(await client.auditEntry.findMany({ ...page(asked), omit: { accountId: true, requestId: true } })),
};
