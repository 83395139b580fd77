import { expect, test } from 'vitest';
import { readConfig, SETTINGS } from '../../src/config.ts';

test('without any setting the sandbox runs on port 4000', () => {
  expect(readConfig({})).toMatchObject({
    ok: true,
    value: {
      PORT: 4000,
      NETWORK: 'sandbox',
      ROLE: 'all',
      PUBLIC_URL: 'http://localhost:4000',
      API_URL: 'http://localhost:4000',
      PAYMENT_TTL_SECONDS: 600,
      ZERO_CONF_MAX_SATS: 100_000n,
    },
  });
});

test('every bad setting is named, and no value is printed', () => {
  const secret = 'sup3r-secret-value';
  const read = readConfig({
    PORT: 'many',
    NETWORK: 'bitcoin',
    DATABASE_URL: `mysql://${secret}`,
    SEALING_KEY: secret,
    SWAP_PROVIDERS: secret,
    PAYMENT_TTL_SECONDS: '5',
  });
  const faults = read.ok ? [] : read.error;
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
    'DATABASE_URL',
    'NETWORK',
    'PAYMENT_TTL_SECONDS',
    'PORT',
    'SEALING_KEY',
    'SWAP_PROVIDERS',
  ]);
  expect(faults.join()).not.toContain(secret);
});

test('outside the sandbox keys and sources must be given, never made', () => {
  const read = readConfig({ NETWORK: 'liquid' });
  expect(read.ok ? [] : read.error).toEqual(
    ['PUBLIC_URL', 'SEALING_KEY', 'SEED', 'LIQUID_CHAIN_URLS'].map((name) => `${name}: is required when NETWORK is not sandbox`),
  );
});

test('the seed is a setting or a file, and not both', () => {
  const faultsOf = (given: Record<string, string>) => {
    const read = readConfig({ NETWORK: 'liquid', PUBLIC_URL: 'https://pay.example', LIQUID_CHAIN_URLS: 'https://chain.example', ...given });
    return read.ok ? [] : read.error;
  };
  const keys = { SEALING_KEY: '5a'.repeat(32), SEED: '5e'.repeat(64) };
  expect(faultsOf(keys)).toEqual([]);
  expect(faultsOf({ SEALING_KEY: keys.SEALING_KEY, SEED_FILE: '/run/seed' })).toEqual([]);
  expect(faultsOf({ ...keys, SEED_FILE: '/run/seed' })).toEqual(['SEED_FILE: is instead of SEED, not beside it']);
});

test('rate limits are on unless switched off, and with real money they cannot be', () => {
  expect(readConfig({})).toMatchObject({ ok: true, value: { RATE_LIMITS: 'on' } });
  expect(readConfig({ RATE_LIMITS: 'off' })).toMatchObject({ ok: true, value: { RATE_LIMITS: 'off' } });
  const real = readConfig({ NETWORK: 'liquid', RATE_LIMITS: 'off' });
  expect(real.ok ? [] : real.error).toContain('RATE_LIMITS: must be on when NETWORK is liquid');
});

test('a sandbox of another process is for the sandbox’s network alone', () => {
  expect(readConfig({ SANDBOX_URL: 'http://127.0.0.1:4100/' })).toMatchObject({
    ok: true,
    value: { SANDBOX_URL: 'http://127.0.0.1:4100' },
  });
  const elsewhere = readConfig({ NETWORK: 'regtest', SANDBOX_URL: 'http://127.0.0.1:4100' });
  expect(elsewhere.ok ? [] : elsewhere.error).toContain('SANDBOX_URL: needs NETWORK to be sandbox');
});

test('a process that shares the work is refused without the database and the Redis that it shares', () => {
  for (const ROLE of ['api', 'worker']) {
    const alone = readConfig({ ROLE });
    expect(alone.ok ? [] : alone.error).toEqual(
      ['DATABASE_URL', 'REDIS_URL'].map((name) => `${name}: is required when ROLE is ${ROLE}: there is more than one process`),
    );
    expect(readConfig({ ROLE, DATABASE_URL: 'postgresql://db/avopay', REDIS_URL: 'redis://redis:6379' }).ok).toBe(true);
  }
});

test('a list of providers keeps its order and names', () => {
  const read = readConfig({ SWAP_PROVIDERS: 'first=https://one.example/v2/, https://two.example/v2' });
  expect(read.ok && read.value.SWAP_PROVIDERS).toEqual([
    { name: 'first', url: 'https://one.example/v2' },
    { name: 'two.example', url: 'https://two.example/v2' },
  ]);
});

test('every setting says what it is for', () => {
  for (const [name, setting] of Object.entries(SETTINGS)) expect(setting.description, name).toBeTruthy();
});
