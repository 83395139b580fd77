import type { RollingWindow } from '../../src/limits/decision.ts';
import { makeLog } from '../../src/lib/log.ts';
import { Secret } from '../../src/lib/secret.ts';
import { redisWindow } from '../../src/limits/redis-window-client.ts';
import { LocalWindow } from '../../src/limits/rolling-window.ts';
import { redisMissing, startRedis } from './redis.ts';

/** Tests send hundreds of uses at once on a busy machine; what a server does with a slow Redis is tested where it is asked. */
const ANSWER_WITHIN_MS = 30_000;

/** A rolling window as a server uses it. */
export type WindowEngine = { readonly window: RollingWindow; readonly stop: () => Promise<void> };
/** Both places where windows are kept, each with whether it is missing here. */
export const WINDOW_ENGINES: readonly (readonly [string, boolean, () => Promise<WindowEngine>])[] = [
  [
    'in this process',
    false,
    async () => {
      const window = new LocalWindow();
      return { window, stop: () => window.close() };
    },
  ],
  [
    'in Redis',
    redisMissing() !== null,
    async () => {
      const redis = await startRedis();
      const window = await redisWindow(new Secret(redis.url), makeLog('silent'), ANSWER_WITHIN_MS);
      return { window, stop: () => window.close().then(() => redis.stop()) };
    },
  ],
];
