import { z } from 'zod';

/** What a merchant may choose; every field has the documented default, so an empty row is a complete one. */
export const ACCOUNT_SETTINGS = z.object({
  whenLightningIsDown: z.enum(['refuse', 'liquid_only']).default('refuse'),
  toleranceSats: z.coerce.bigint().min(0n).max(1_000n).default(0n),
  minConfirmations: z.number().int().min(0).max(2).default(0),
  grossUp: z.boolean().default(false),
  redirectHosts: z.array(z.string()).default([]),
  frameOrigins: z.array(z.string()).default([]),
  createPerMinute: z.number().int().min(1).nullable().default(null),
});
export type AccountSettings = z.output<typeof ACCOUNT_SETTINGS>;

export type Account = {
  readonly id: string;
  /** Shown to payers. */
  readonly name: string;
  readonly brandColour: string | null;
  /** Names the logo among those that we serve; null without one. */
  readonly logoHash: string | null;
  readonly status: 'active' | 'suspended' | 'closed';
  readonly settings: AccountSettings;
  /** Paid live payments so far; the first five are free. */
  readonly trialUsed: number;
  readonly planEndsAt: Date | null;
};
