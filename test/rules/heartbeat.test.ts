import { expect, test } from 'vitest';
import { Heartbeat } from '../../subscriptions/heartbeat.ts';

test('a socket that no longer answers is let go, one that answers stays, and one that left is not asked', async () => {
  const heartbeat = new Heartbeat(10);
  const log: string[] = [];
  const socket = (name: string, answers: boolean) => {
    const made = {
      ping: () => {
        log.push(`${name} asked`);
        if (answers) heartbeat.heard(made);
      },
      terminate: () => {
        log.push(`${name} let go`);
        heartbeat.forget(made);
      },
    };
    heartbeat.watch(made);
    return made;
  };
  socket('living', true);
  socket('dead', false);
  heartbeat.forget(socket('gone', true));
  await expect.poll(() => log.filter((line) => line === 'living asked').length).toBeGreaterThan(2);
  heartbeat.stop();
  expect(log.filter((line) => !line.startsWith('living'))).toEqual(['dead asked', 'dead let go']);
  expect(log).not.toContain('living let go');
});
