import type pg from 'pg';

/** One storable row of each table that has rules, for tests of those rules. Bytes are written the way PostgreSQL reads them. */
export const ROWS: { readonly [table: string]: { readonly [column: string]: unknown } } = {
  Account: {
    id: 'acc_1',
    name: 'Shop',
    status: 'active',
    isOperator: false,
    settings: {},
    trialUsed: 0,
    eventSeq: 5,
    version: 1,
    createdAt: at(0),
  },
  User: { id: 'usr_1', accountId: 'acc_1', email: 'a@example.org', passwordHash: 'x', role: 'owner', createdAt: at(0) },
  ApiKey: {
    id: 'key_1',
    accountId: 'acc_1',
    kind: 'publishable',
    mode: 'live',
    hash: bytes(32, 1),
    hint: 'pk',
    publicText: 'pk_live_x',
    label: '',
    origins: [],
    createdAt: at(0),
  },
  ScriptChain: {
    id: 'c1',
    accountId: 'acc_1',
    descriptorSealed: bytes(9, 1),
    nextIndex: 5,
    lastUsedIndex: -1,
    scannedAt: at(0),
    createdAt: at(0),
  },
  Wallet: { id: 'wal_1', accountId: 'acc_1', directChainId: 'c1', claimChainId: 'c1', via: 'api', connectedAt: at(0) },
  Address: { id: 'adr_1', chainId: 'c1', index: 0, scriptPubKey: bytes(22, 1) },
  AddressLease: {
    id: 'lea_1',
    accountId: 'acc_1',
    addressId: 'adr_1',
    purpose: 'claim',
    swapId: 'swp_1',
    amountSats: 1000,
    leasedAt: at(0),
  },
  KeyIndex: { era: 0, nextIndex: 5, xpubFingerprint: 'ab' },
  Payment: {
    id: 'pmt_1',
    accountId: 'acc_1',
    mode: 'live',
    status: 'pending',
    version: 1,
    source: 'secret',
    currency: 'EUR',
    fiatMinor: 500,
    amountSats: 1000,
    quoteId: 'quo_1',
    metadataText: '{}',
    lightning: 'offered',
    createdAt: at(0),
    expiresAt: at(600),
    late: false,
    receivedSats: 0,
  },
  Swap: {
    id: 'swp_1',
    accountId: 'acc_1',
    subject: 'payment',
    subjectId: 'pmt_1',
    attempt: 1,
    status: 'claim_buried',
    version: 9,
    fence: 0,
    provider: 'one',
    providerSwapId: 'abc',
    keyEra: 0,
    keyIndex: 1,
    claimPublicKey: bytes(33, 2),
    preimageHash: bytes(32, 3),
    invoiceSats: 1000,
    requestJson: {},
    responseSealed: bytes(9, 1),
    invoice: 'lnbcrt1',
    invoiceExpiresAt: at(600),
    onchainSats: 970,
    lockupScript: bytes(34, 4),
    timeoutHeight: 900,
    lockupTxid: 'aa',
    lockupVout: 0,
    lockupSats: 970,
    claimTxSealed: bytes(9, 1),
    claimTxid: 'bb',
    claimFeeSats: 30,
    revealedAt: at(60),
    acceptedAt: at(61),
    buriedAt: at(120),
    createdAt: at(0),
  },
  LiquidReceipt: {
    id: 'rcp_1',
    accountId: 'acc_1',
    txid: 'aa',
    vout: 0,
    addressId: 'adr_1',
    asset: 'ff',
    valueSats: 1000,
    paymentId: 'pmt_1',
    verdict: 'credited',
    state: 'mempool',
    seenAt: at(0),
  },
  ChainBlock: { height: 1, hash: 'aa' },
  RateQuote: { id: 'quo_1', currency: 'EUR', minorPerBtcE4: 80_000_000_000, sources: [], takenAt: at(0) },
  PaymentLink: {
    id: 'lnk_1',
    accountId: 'acc_1',
    mode: 'live',
    title: 'Coffee',
    currency: 'EUR',
    fiatMinor: 500,
    status: 'active',
    version: 1,
    createdAt: at(0),
  },
  Event: {
    id: 'evt_1',
    accountId: 'acc_1',
    sequence: 1,
    type: 'payment.created',
    subjectId: 'pmt_1',
    subjectVersion: 1,
    facts: {},
    createdAt: at(0),
  },
  EventCursor: { accountId: 'acc_1', consumer: 'export', sequence: 0 },
  WebhookEndpoint: {
    id: 'whk_1',
    accountId: 'acc_1',
    mode: 'live',
    isDefault: true,
    url: 'https://example.org',
    eventTypes: [],
    status: 'enabled',
    version: 1,
    createdAt: at(0),
  },
  Delivery: {
    id: 'dlv_1',
    accountId: 'acc_1',
    endpointId: 'whk_1',
    eventId: 'evt_1',
    redelivery: 0,
    status: 'pending',
    attempts: 0,
    fence: 0,
    createdAt: at(0),
  },
  Attempt: { id: 'a1', accountId: 'acc_1', deliveryId: 'dlv_1', number: 1, startedAt: at(0), requestHeaders: {} },
  IdempotencyRecord: {
    scope: 'acc_1',
    route: 'createPayment',
    keyHash: bytes(32, 1),
    bodyHash: bytes(32, 2),
    resultId: 'pmt_1',
    fence: 0,
    httpStatus: 201,
    createdAt: at(0),
    expiresAt: at(86_400),
  },
  Registration: {
    idHash: bytes(32, 1),
    email: 'a@example.org',
    passwordHash: 'x',
    plan: 'lightning_monthly',
    termsVersion: '1',
    status: 'active',
    version: 2,
    usdMinor: 900,
    accountId: 'acc_1',
    createdAt: at(0),
    expiresAt: at(600),
    activatedAt: at(60),
  },
  PlanPeriod: {
    id: 'per_1',
    accountId: 'acc_1',
    plan: 'lightning_monthly',
    status: 'paid',
    version: 2,
    usdMinor: 900,
    sats: 9000,
    quoteId: 'quo_1',
    startsAt: at(0),
    endsAt: at(2_592_000),
    createdAt: at(0),
  },
  MailOutbox: { id: 'mai_1', dedupeKey: 'k', recipient: 'a@example.org', template: 't', facts: {}, attempts: 0 },
  ProviderHealth: { provider: 'one', state: 'closed', failures: 0, version: 1 },
  AuditEntry: { id: 'aud_1', actor: 'system', action: 'start', facts: {}, createdAt: at(0) },
};

function at(seconds: number): string {
  return new Date(Date.UTC(2027, 0, 1) + seconds * 1_000).toISOString();
}

export function bytes(length: number, fill: number): string {
  return `\\x${Buffer.alloc(length, fill).toString('hex')}`;
}

/** Runs `work` in a transaction that is rolled back. */
export async function undone(client: pg.Client, work: () => Promise<unknown>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
  } finally {
    await client.query('ROLLBACK');
  }
}

export async function insert(client: pg.Client, table: string, changes: { readonly [column: string]: unknown }): Promise<void> {
  const row = JSON.stringify({ ...ROWS[table], ...changes });
  await client.query(`INSERT INTO "${table}" SELECT * FROM json_populate_record(NULL::"${table}", $1)`, [row]);
}

const PARENTS: { readonly [table: string]: readonly string[] } = {
  User: ['Account'],
  ApiKey: ['Account'],
  Address: ['ScriptChain'],
  AddressLease: ['ScriptChain', 'Address'],
  LiquidReceipt: ['ScriptChain', 'Address'],
  Delivery: ['Event'],
  Attempt: ['Event', 'Delivery'],
};

export async function withParents(client: pg.Client, table: string, changes: { readonly [column: string]: unknown } = {}): Promise<void> {
  for (const parent of PARENTS[table] ?? []) await insert(client, parent, {});
  await insert(client, table, changes);
}
