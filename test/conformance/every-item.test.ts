import type { Row } from '../../doctor/examine.ts';
import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examine } from '../../doctor/examine.ts';
import { readItems, readProofs } from '../../scripts/conformance-table.ts';
import { startAvopay } from '../support/avopay.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

/** `DOCTOR=all npm test test/conformance/every-item.test.ts` asks every item; these are asked always: none of them takes long. */
const ALL = process.env['DOCTOR'] === 'all';
const ALWAYS = /^(?:B-|A-[1-57-9]$|P-(?:[1-689]|1[1-7]|24|25)$|L-[13-9]$|R-[18]$|D-[12]$|N-[12]$|X-[568]$)/;
const HOLD_MIN = ALL ? 125 : 40;
const EXAMINED_MS = 400_000;

const items = readItems();
const asked = items.flatMap(({ id }) => (ALL || ALWAYS.test(id) ? [id] : []));
const proofs = readProofs();
let rows: ReadonlyMap<string, Row>;
let avopay: Avopay;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay({ RATE_LIMITS: 'on' });
  rows = new Map((await examine({ url: avopay.url, only: asked })).map((row) => [row.id, row]));
}, EXAMINED_MS);
afterAll(() => avopay.stop());

test.each(items)('$id: $says', ({ id, due }) => {
  const row = rows.get(id);
  expect(row?.verdict, row?.why).not.toBe('fails');
  if (row?.verdict === 'not testable here') expect(row.why).toMatch(/\w+ \w+/);
  expect(proofs.has(id) || due !== undefined, 'a test says that it proves the item, or the item says when it is due').toBe(true);
});

test('the doctor answers for every item that it is asked, and most of them hold over the wire', () => {
  expect([...rows.keys()]).toEqual(asked);
  expect([...rows.values()].filter(({ verdict }) => verdict === 'holds').length).toBeGreaterThanOrEqual(HOLD_MIN);
});
