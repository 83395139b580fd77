import type { SandboxHost } from '../sandbox/start-sandbox.ts';
import type { CreateAccountDeps } from './accounts/create-account.ts';
import type { Refusal } from './lib/refusal.ts';
import type { Result } from './lib/result.ts';
import { createAccount } from './accounts/create-account.ts';
import { toHex } from './lib/bytes.ts';
import { accepted } from './lib/refusal.ts';
import { Secret } from './lib/secret.ts';
import { addMs, DAY_MS } from './lib/time.ts';

export type SandboxHostDeps = {
  readonly accounts: CreateAccountDeps;
  readonly connectWallet: (accountId: string, descriptor: string) => Promise<Result<unknown, Refusal>>;
  readonly saveEndpoint: (
    accountId: string,
    url: string,
    secret: string | null,
  ) => Promise<Result<{ endpointId: string; secret: string | null }, Refusal>>;
  readonly knowsAccount: (accountId: string) => Promise<boolean>;
  readonly runDue: () => Promise<void>;
  readonly readMails: () => Promise<readonly object[]>;
};

/** Days that a plan of the sandbox lasts; a trial has none. */
const PLAN_DAYS = { trial: 0, monthly: 31, yearly: 366 } as const;

/** What AvoPay offers to the control routes of its sandbox: nothing that a real merchant could not have. */
export function makeSandboxHost(deps: SandboxHostDeps): SandboxHost {
  return {
    async createAccount({ name, plan, trialUsed }) {
      const { random, now } = deps.accounts;
      const email = `shop-${toHex(random(5))}@sandbox.example`;
      const password = new Secret(toHex(random(12)));
      const planEndsAt = plan === 'trial' ? null : addMs(now(), PLAN_DAYS[plan] * DAY_MS);
      const { accountId, secretKey, publishableKey } = await createAccount(deps.accounts, { name, email, password, planEndsAt, trialUsed });
      return {
        account_id: accountId,
        email,
        password: password.reveal(),
        secret_key: secretKey.reveal(),
        publishable_key: publishableKey.reveal(),
      };
    },
    connectWallet: async (accountId, descriptor) => void accepted(await deps.connectWallet(accountId, descriptor)),
    async setWebhook(accountId, url, secret) {
      const saved = await deps.saveEndpoint(accountId, url, secret);
      return saved.ok ? { endpoint_id: saved.value.endpointId, secret: saved.value.secret } : { error: saved.error.message };
    },
    knowsAccount: deps.knowsAccount,
    runDue: deps.runDue,
    readMails: deps.readMails,
  };
}
