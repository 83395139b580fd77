import type { Avopay } from './avopay.ts';
import type { Json } from './json.ts';
import { eventually } from './avopay.ts';

/** Somebody who knows nothing but HTTP: no key, no browser. */
export type Agent = {
  readonly post: (path: string, body: unknown) => Promise<{ status: number; body: Json; text: string; headers: Headers }>;
  readonly register: (changes?: Record<string, unknown>) => Promise<Json>;
  readonly poll: (registrationId: string) => Promise<Json>;
  readonly pay: (invoice: string) => Promise<Json>;
  /** Polls as the documented pattern does, until the answer is the wanted one. */
  readonly pollUntil: (registrationId: string, wanted: (state: Json) => boolean) => Promise<Json>;
};

export const STATUS = '/api/v1/account/register/status';
export const PASSWORD = 'YourSecurePass123';

export function agentOf(avopay: Pick<Avopay, 'call'>, far: Pick<Avopay, 'call'> = avopay): Agent {
  let count = 0;
  const post = (path: string, body: unknown) => avopay.call('POST', path, { body, key: null });
  const poll = async (id: string) => (await avopay.call('GET', `${STATUS}/${id}`, { key: null })).body;
  return {
    post,
    poll,
    register: async (changes = {}) => {
      const email = `agent-${Date.now()}-${++count}@example.com`;
      const body = { email, password: PASSWORD, plan: 'monthly', terms_accepted: true, ...changes };
      const reply = await post('/api/v1/account/register', body);
      if (reply.status !== 201) throw new Error(`${reply.status} ${reply.text}`);
      return reply.body;
    },
    pay: async (invoice) => (await far.call('POST', '/sandbox/pay', { body: { invoice }, key: null })).body,
    pollUntil: (id, wanted) =>
      eventually(async () => {
        const state = await poll(id);
        return wanted(state) && state;
      }, 20_000),
  };
}

/** Moves the sandbox's clock. */
export async function wind(avopay: Pick<Avopay, 'call'>, seconds: number): Promise<void> {
  const { status, text } = await avopay.call('POST', '/sandbox/clock', { body: { advance_s: seconds }, key: null });
  if (status !== 200) throw new Error(text);
}
