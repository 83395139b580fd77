import type { Log } from '../src/lib/log.ts';
import type { Secret } from '../src/lib/secret.ts';
import type { Announcement, Bus } from './pubsub.ts';
import { localBus } from './pubsub.ts';

/** One channel for all announcements: they are small, and every process has readers. */
const CHANNEL = 'avopay:announcements';

/**
 * Announcements between processes over Redis. Its loss is survivable: pages and dashboards also re-read on their own, and nothing about
 * money passes through here.
 */
export async function redisBus(url: Secret<string>, log: Log): Promise<Bus> {
  const { Redis } = await import('ioredis'); // loaded only where there is a Redis
  const local = localBus();
  const publisher = new Redis(url.reveal(), { maxRetriesPerRequest: 1, enableOfflineQueue: false, lazyConnect: true });
  const subscriber = new Redis(url.reveal(), { lazyConnect: true });
  for (const connection of [publisher, subscriber]) connection.on('error', (error) => log.warn({ error }, 'redis connection failed'));
  await Promise.all([publisher.connect(), subscriber.connect()]);
  subscriber.on('message', (_channel, text) => {
    const announcement = parse(text);
    if (announcement) local.publish(announcement);
  });
  await subscriber.subscribe(CHANNEL);
  // From now on this means that Redis was away and is back. Nobody knows what was said meanwhile, so every reader looks again.
  subscriber.on('ready', () => {
    subscriber.subscribe(CHANNEL).then(local.rouse, (error: unknown) => log.warn({ error }, 'announcements are not heard yet'));
  });
  return {
    listen: local.listen,
    publish: (announcement) => {
      publisher.publish(CHANNEL, JSON.stringify(announcement)).catch((error: unknown) => {
        log.warn({ error }, 'announcement not passed on');
        local.publish(announcement);
      });
    },
    close: async () => {
      publisher.disconnect();
      subscriber.disconnect();
      await local.close();
    },
  };
}

function parse(text: string): Announcement | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('topic' in value) || !('version' in value)) return null;
  const { topic, version } = value;
  if (typeof topic !== 'string' || typeof version !== 'number') return null;
  return 'id' in value && typeof value.id === 'string' ? { topic, version, id: value.id } : { topic, version };
}
