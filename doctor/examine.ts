import type { Checks } from './check.ts';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BASICS } from './basics.ts';
import { ENDPOINT_CHECKS } from './endpoints.ts';
import { LINK_CHECKS, PAGE_CHECKS } from './links.ts';
import { WEBHOOK_CHECKS } from './messages.ts';
import { Absent, openPatient } from './patient.ts';
import { CREATION, READING } from './payments.ts';
import { PEOPLE_CHECKS } from './people.ts';
import { REGISTRATION_CHECKS } from './registration.ts';
import { SERVICE_CHECKS } from './service.ts';
import { SETTLED_CHECKS } from './settled.ts';
import { WALLET_CHECKS } from './wallet.ts';

export type Row = {
  readonly id: string;
  readonly says: string;
  readonly verdict: 'holds' | 'fails' | 'not testable here';
  readonly why: string;
};

const ITEMS: readonly { readonly id: string; readonly says: string; readonly due?: string }[] = JSON.parse(
  readFileSync(fileURLToPath(new URL('../docs/conformance-items.json', import.meta.url)), 'utf8'),
);
const CHECKS: Checks = {
  ...BASICS,
  ...CREATION,
  ...READING,
  ...LINK_CHECKS,
  ...PAGE_CHECKS,
  ...WEBHOOK_CHECKS,
  ...SERVICE_CHECKS,
  ...ENDPOINT_CHECKS,
  ...SETTLED_CHECKS,
  ...PEOPLE_CHECKS,
  ...REGISTRATION_CHECKS,
  ...WALLET_CHECKS,
};

/** TABLE: why an item cannot be judged from outside. */
const OUT_OF_SIGHT: { readonly [item: string]: string } = {
  'A-5': 'its subject is a page of the dashboard',
  'X-8': 'its subject is a page of the dashboard',
  'P-21': 'a failure inside the server has to be planted; its tests do that',
  'P-22': 'the rate behind a price is not told to the digit',
  'P-26': 'needs a decoder of invoices',
  'G-5': 'needs a lockup that hangs between two steps',
  'G-8': 'takes a day of swap timeouts',
  'L-21': 'takes a price of bitcoin that rises tenfold',
  'C-4': 'needs a browser',
  'C-5': 'needs a browser',
  'C-9': 'needs a browser',
  'C-10': 'the same as G-4 from outside',
  'J-2': 'needs a browser',
  'J-3': 'needs a browser',
  'J-5': 'needs a program around the file',
  'W-9': 'needs a server that dies between commit and delivery',
  'W-14': 'a sandbox lets its own machine through',
  'R-11': 'takes a provider with a shorter range',
  'R-12': 'takes a server whose operator has no wallet',
  'D-7': 'takes a wallet with a history of its own',
  'D-11': 'its subject is a command of the operator',
  'X-3': 'needs several processes and proxies',
  'X-10': 'its subject is a text',
  'N-5': 'its subject is the command that started the server',
};

export type Examination = { readonly url: string; readonly only?: readonly string[]; readonly onRow?: (row: Row) => void };

/** Asks a sandbox deployment item by item, one after another. @throws Error when there is no sandbox at `url`. */
export async function examine({ url, only, onRow }: Examination): Promise<readonly Row[]> {
  const patient = await openPatient(url);
  const rows: Row[] = [];
  for (const { id, says } of ITEMS.filter((item) => only === undefined || only.includes(item.id))) {
    const row: Row = { id, says, ...(await verdictOn(id, () => CHECKS[id]?.(patient) ?? null)) };
    rows.push(row);
    onRow?.(row);
  }
  return rows;
}

async function verdictOn(id: string, run: () => Promise<void> | null): Promise<Pick<Row, 'verdict' | 'why'>> {
  try {
    const running = run();
    if (running === null) return { verdict: 'not testable here', why: OUT_OF_SIGHT[id] ?? 'no check over the wire' };
    await running;
    return { verdict: 'holds', why: '' };
  } catch (error) {
    if (error instanceof Absent) return { verdict: 'not testable here', why: error.message };
    return { verdict: 'fails', why: error instanceof Error ? error.message : String(error) };
  }
}
