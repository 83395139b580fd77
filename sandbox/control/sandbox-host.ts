/** What the product offers to the sandbox's control routes. */
export type SandboxHost = {
  createAccount(input: { name: string; plan: SandboxPlan; trialUsed: number }): Promise<HostAccount>;
  connectWallet(accountId: string, descriptor: string): Promise<void>;
  setWebhook(
    accountId: string,
    url: string,
    secret: string | null,
  ): Promise<{ endpoint_id: string; secret: string | null } | { error: string }>;
  /** False: its database has never heard of this account. */
  knowsAccount(accountId: string): Promise<boolean>;
  /** Runs everything that is due now (expiry, sweeps, deliveries), until nothing is left. */
  runDue(): Promise<void>;
  /** The mails sent, oldest first. */
  readMails?(): Promise<readonly object[]>;
};

export const SANDBOX_PLANS = ['trial', 'monthly', 'yearly'] as const;
export type SandboxPlan = (typeof SANDBOX_PLANS)[number];

export type HostAccount = {
  readonly account_id: string;
  readonly email: string;
  readonly password: string;
  readonly secret_key: string;
  readonly publishable_key: string;
};
