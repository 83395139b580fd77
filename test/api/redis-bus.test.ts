import type { Bus } from '../../subscriptions/pubsub.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLog } from '../../src/lib/log.ts';
import { Secret } from '../../src/lib/secret.ts';
import { redisBus } from '../../subscriptions/redis-bus-client.ts';
import { eventually } from '../support/avopay.ts';
import { redisMissing, startRedis } from '../support/redis.ts';

describe.skipIf(redisMissing() !== null)('announcements between processes over Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let here: Bus;
  let there: Bus;
  beforeAll(async () => {
    redis = await startRedis();
    [here, there] = (await Promise.all([1, 2].map(() => redisBus(new Secret(redis.url), makeLog('silent'))))) as [Bus, Bus];
  });
  afterAll(async () => {
    await Promise.all([here.close(), there.close()]);
    await redis.stop();
  });

  test('what one process says, listeners of its topic hear in every process, once', async () => {
    const heard: string[] = [];
    const leave = [
      here.listen('subject:a', ({ version }) => heard.push(`here ${version}`)),
      there.listen('subject:a', ({ version }) => heard.push(`there ${version}`)),
      there.listen('subject:b', () => heard.push('wrong topic')),
    ];
    here.publish({ topic: 'subject:a', version: 7 });
    await eventually(async () => heard.length >= 2);
    expect(heard.sort()).toEqual(['here 7', 'there 7']);
    for (const end of leave) end();
    here.publish({ topic: 'subject:a', version: 8 });
    let last = 0;
    there.listen('subject:c', ({ version }) => (last = version));
    here.publish({ topic: 'subject:c', version: 9 });
    await eventually(async () => last === 9);
    expect(heard).toHaveLength(2);
  });

  test('when Redis was away and is back, every reader is told to look, and hears the others again', async () => {
    const heard: number[] = [];
    const leave = there.listen('subject:e', ({ version }) => heard.push(version));
    await redis.stop();
    here.publish({ topic: 'subject:e', version: 5 }); // lost to the other process
    redis = await startRedis(redis.port);
    await eventually(async () => heard.length > 0);
    expect(heard[0]).toBe(0); // no version: look
    await eventually(async () => {
      here.publish({ topic: 'subject:e', version: 6 });
      return heard.includes(6);
    });
    leave();
  });

  test('when Redis is gone, readers of the same process still hear', async () => {
    let heard = 0;
    here.listen('subject:d', ({ version }) => (heard = version));
    await redis.stop();
    await eventually(async () => {
      here.publish({ topic: 'subject:d', version: 3 });
      return heard === 3;
    });
    expect(heard).toBe(3);
  });
});
