/** A planted fault: what is broken, where, and the tests that must notice. */
export type Mutant = {
  readonly promise: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test files, or a script when the guard is not a test. */
  readonly guard: readonly string[];
};

/** TABLE: for each promise a fault that breaks it. `npm run mutants` plants one after another in a copy and wants every guard to fail. */
export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'the printed keys work and Ctrl-C ends with code 0',
    file: 'src/main.ts',
    find: 'process.exit(0);',
    replace: 'process.exit(3);',
    guard: ['test/journeys/start-and-stop.test.ts'],
  },
  {
    promise: 'nothing of it runs on after Ctrl-C',
    file: 'src/start.ts',
    find: 'stops.push(() => embedded.stop());',
    replace: '',
    guard: ['test/journeys/start-and-stop.test.ts'],
  },
  {
    promise: 'a test without an assertion fails',
    file: 'vitest.config.ts',
    find: 'requireAssertions: true',
    replace: 'requireAssertions: false',
    guard: ['test/rules/runner.test.ts'],
  },
  {
    promise: 'no status without its event, in one commit',
    file: 'src/payments/apply-event.ts',
    find: 'await deps.recordEvent(tx, eventOf(next.value, change.event, change.at));',
    replace: '',
    guard: ['test/journeys/lightning-payment.test.ts'],
  },
  {
    promise: 'sockets follow the payment',
    file: 'subscriptions/relay.ts',
    find: 'deps.bus.publish({ topic, version: event.subjectVersion });',
    replace: 'void topic;',
    guard: ['test/journeys/lightning-payment.test.ts'],
  },
  {
    promise: 'the webhook signature is the documented one',
    file: 'src/webhooks/signature.ts',
    find: "update(body).digest('hex')",
    replace: "update(body).digest('base64')",
    guard: ['test/journeys/lightning-payment.test.ts'],
  },
  {
    promise: 'the wallet receives what was locked less the recorded fees',
    file: 'src/swaps/swap-fees.ts',
    find: 'return sats(fees > 0n ? fees : 0n);',
    replace: 'return sats(fees > 0n ? fees + 1n : 0n);',
    guard: ['test/journeys/lightning-payment.test.ts'],
  },
  {
    promise: 'the aggregate key takes the provider’s key first',
    file: 'src/liquid/swap-tree.ts',
    find: 'return [terms.refundPublicKey, terms.claimPublicKey];',
    replace: 'return [terms.claimPublicKey, terms.refundPublicKey];',
    guard: ['test/rules/liquid-swap-tree.test.ts'],
  },
  {
    promise: 'the sandbox checks signatures over the Elements sighash',
    file: 'sandbox/elements/sighash.ts',
    find: "'TapSighash/elements'",
    replace: "'TapSighash'",
    guard: ['test/rules/sandbox-elements.test.ts'],
  },
  {
    promise: 'an invoice of another amount is never shown',
    file: 'src/swaps/verify-swap.ts',
    find: "if (amountMsat !== asked.invoiceSats * MSAT_PER_SAT) return refuse('invoice_amount');",
    replace: '',
    guard: ['test/rules/verify-swap.test.ts'],
  },
  {
    promise: 'a lockup of a worthless asset is never claimed',
    file: 'src/swaps/verify-lockup.ts',
    find: "if (seen.unblinded.assetId !== terms.lbtcAsset) return { verdict: 'refused', reason: 'wrong_asset' };",
    replace: '',
    guard: ['test/rules/swap-decisions.test.ts'],
  },
  {
    promise: 'an invoice with two payment hashes is refused',
    file: 'src/swaps/invoice.ts',
    find: "if (SINGLE_FIELDS.some((name) => count(name) > 1)) return refuse('invoice_field_twice');",
    replace: '',
    guard: ['test/rules/swap-invoice.test.ts'],
  },
  {
    promise: 'a private key is refused as a descriptor',
    file: 'src/wallets/descriptor.ts',
    find: "if (PRIVATE_KEY.test(text)) return refuse(descriptorRefusal('private_key'));",
    replace: '',
    guard: ['test/rules/descriptor.test.ts'],
  },
  {
    promise: 'the preimage never leaves before the claim is stored and the reveal committed',
    file: 'src/swaps/signer.ts',
    find: "if (record.value.revealedAt === null) return refuse(signerRefusal('reveal_not_committed'));",
    replace: '',
    guard: ['test/rules/swap-signer.test.ts'],
  },
  {
    promise: 'a swap keeps the address that it was given',
    file: 'src/wallets/take-claim-address.ts',
    find: 'const stored = (await findClaimLease(tx, request)) ?? (await lease(deps, tx, { request, chain }));',
    replace: 'const stored = await lease(deps, tx, { request, chain });',
    guard: ['test/api/wallet-claim-address.test.ts'],
  },
  {
    promise: 'paid leads nowhere',
    file: 'src/payments/transitions.ts',
    find: '  paid: [],',
    replace: "  paid: ['expired'],",
    guard: ['test/rules/payment-transitions.test.ts'],
  },
  {
    promise: 'a buried claim leads nowhere',
    file: 'src/swaps/transitions.ts',
    find: '  claim_buried: {},',
    replace: "  claim_buried: { lockup_lost: 'refunded' },",
    guard: ['test/rules/swap-transitions.test.ts'],
  },
  {
    promise: 'swaps know nothing of payments',
    file: 'src/swaps/swap-fees.ts',
    find: 'export function',
    replace: "export type { Payment } from '../payments/payment.ts';\nexport function",
    guard: ['test/architecture.test.ts'],
  },
  {
    promise: 'the committed SDL is fresh',
    file: 'schema/payment.ts',
    find: "description: 'pmt_…'",
    replace: "description: 'An id.'",
    guard: ['scripts/print-schema.ts'],
  },
  {
    promise: 'the documented error texts, to the byte',
    file: 'src/payments/create-payment.ts',
    find: 'Amount too small — minimum is',
    replace: 'Amount too small - minimum is',
    guard: ['test/api/rest-payments.test.ts'],
  },
  {
    promise: 'another body under the same idempotency key is a conflict',
    file: 'src/payments/idempotency.ts',
    find: 'if (!Buffer.from(row.bodyHash).equals(bodyHash)) return refuse(OTHER_BODY);',
    replace: '',
    guard: ['test/api/rest-payments.test.ts'],
  },
  {
    promise: 'after a crash the stored request is asked again, never a new hash',
    file: 'src/swaps/open-swap.ts',
    find: "if (swap.status !== 'reserved' && swap.status !== 'requested') {",
    replace: "if (swap.status !== 'reserved') {",
    guard: ['test/api/swap-providers.test.ts'],
  },
  {
    promise: 'the QR code on the screen is the invoice',
    file: 'web/checkout/qr.ts',
    find: 'LIGHTNING:',
    replace: 'LIGHTNING:Q',
    guard: ['test/browser/whole-product.test.ts'],
  },
  {
    promise: 'without JavaScript the page reaches paid',
    file: 'web/checkout/document.ts',
    find: 'http-equiv="refresh"',
    replace: 'name="refresh"',
    guard: ['test/browser/whole-product.test.ts'],
  },
  {
    promise: 'no answer breaks the content security policy',
    file: 'src/pages.ts',
    find: '"script-src \'self\'",',
    replace: '"script-src \'none\'",',
    guard: ['test/browser/whole-product.test.ts'],
  },
];
