/** A fault of ours, written into a copy of the source: nothing of it can be switched on where money moves. */
export type Planted = Readonly<{ name: string; file: string; find: string; replace: string }>;

/** TABLE: each must be found within 5,000 seeds. */
export const PLANTED: readonly Planted[] = [
  {
    name: 'a claim is broadcast before it is stored',
    file: 'src/swaps/claim-swap.ts',
    find: '  const hex = new Secret(signedHex(swap.claim, signed.value.reveal()));\n',
    replace: '  const hex = new Secret(signedHex(swap.claim, signed.value.reveal()));\n  await sendOut(deps, swap, hex.reveal());\n',
  },
  {
    name: 'the asset of a lockup is not looked at',
    file: 'src/swaps/verify-lockup.ts',
    find: "  if (seen.unblinded.assetId !== terms.lbtcAsset) return { verdict: 'refused', reason: 'wrong_asset' };\n",
    replace: '',
  },
  {
    name: 'the value of a lockup is not looked at',
    file: 'src/swaps/verify-lockup.ts',
    find: "  if (seen.unblinded.valueSats < terms.promisedSats) return { verdict: 'refused', reason: 'too_little' };\n",
    replace: '',
  },
  {
    name: 'large lockups do not wait for their block',
    file: 'src/swaps/verify-lockup.ts',
    find: 'seen.unblinded.valueSats > terms.zeroConfMaxSats',
    replace: 'seen.unblinded.valueSats < 0n',
  },
  {
    name: 'replaceable lockups do not wait for their block',
    file: 'src/swaps/verify-lockup.ts',
    find: "  if (seen.signalsReplacement) return { verdict: 'wait', reason: 'replaceable' };\n",
    replace: '',
  },
  {
    name: 'leases are not fenced',
    file: 'src/swaps/swap-store.ts',
    find: 'SET "fence" = "fence" + 1,',
    replace: 'SET "fence" = "fence" + 0,',
  },
  {
    name: 'a claim is built anew each time',
    file: 'src/swaps/decide-next.ts',
    find: "return swap.claim ? { do: 'sign_claim' } : { do: 'build_claim', output };",
    replace: "return { do: 'build_claim', output };",
  },
  {
    name: 'a status changes without its event',
    file: 'src/payments/apply-event.ts',
    find: '    await deps.recordEvent(tx, eventOf(next.value, change.event, change.at));\n',
    replace: "    if (change.event.kind !== 'settled') await deps.recordEvent(tx, eventOf(next.value, change.event, change.at));\n",
  },
  {
    name: 'the payment moves in another commit than its swap',
    file: 'src/swaps/apply-swap-event.ts',
    find: 'if (progress) await deps.onProgress(tx, progress);',
    replace: 'if (progress) await deps.database.transact((other) => deps.onProgress(other, progress));',
  },
  {
    name: 'expiry does not wait for an unclear Lightning side',
    file: 'src/swaps/follow-subject.ts',
    find: "? 'closed' : 'unknown';",
    replace: "? 'closed' : 'closed';",
  },
  {
    name: 'a lockup is accepted after the payment is over',
    file: 'src/payments/follow-lightning.ts',
    find: "return payment !== null && (payment.status === 'pending' || payment.status === 'detected');",
    replace: 'return payment !== null;',
  },
  {
    name: 'a delivery whose result was lost is never tried again',
    file: 'src/webhooks/attempt-store.ts',
    find: 'next: timeIn(nextIfLost)',
    replace: 'next: null',
  },
  { name: 'a retry comes early', file: 'src/webhooks/schedule.ts', find: '5 * MINUTE_MS', replace: '2 * MINUTE_MS' },
  {
    name: 'a settled payment counts against the trial again',
    file: 'src/payments/apply-event.ts',
    find: "change.event.kind === 'paid' && payment.mode",
    replace: "(change.event.kind === 'paid' || change.event.kind === 'settled') && payment.mode",
  },
  {
    name: 'a key index is given out twice',
    file: 'src/swaps/key-index-store.ts',
    find: 'index: next.nextIndex - 1 };',
    replace: 'index: next.nextIndex - 1 - Number(next.nextIndex % 3 === 0) };',
  },
  {
    name: 'only hints are followed, no sweep',
    file: 'src/swaps/swap-store.ts',
    find: 'return rows.map((row) => row.id);',
    replace: 'return rows.map((row) => row.id).slice(0, 0);',
  },
  {
    name: 'nobody glances at open invoices',
    file: 'src/swaps/swap-store.ts',
    find: 'return rows.map((row) => ({ id: row.id, read',
    replace: 'return rows.slice(0, 0).map((row) => ({ id: row.id, read',
  },
  {
    name: 'an accepted claim is not sent again when it is evicted',
    file: 'src/swaps/decide-next.ts',
    find: "if (!facts.broadcastTried) return { do: 'broadcast' };",
    replace: "if (!facts.broadcastTried && swap.status === 'revealed') return { do: 'broadcast' };",
  },
  {
    name: 'L-BTC pays before the blocks that the merchant wants',
    file: 'src/payments/credit-liquid.ts',
    find: 'BLOCKS[facts.depth] < rules.minConfirmations',
    replace: 'BLOCKS[facts.depth] < 0',
  },
  {
    name: 'coins that have left the network still pay',
    file: 'src/payments/receipt-store.ts',
    find: "['mempool', 'confirmed'] satisfies",
    replace: "['mempool', 'confirmed', 'dropped'] satisfies",
  },
  {
    name: 'worthless coins pay',
    file: 'src/payments/follow-liquid.ts',
    find: "  if (content.assetId !== lbtcAsset) return 'wrong_asset';\n",
    replace: '',
  },
];
