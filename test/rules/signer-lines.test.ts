import { expect, test } from 'vitest';
import { lineReader } from '../../src/lib/lines.ts';
import { serveSigner } from '../../src/swaps/serve-signer.ts';

const linesOf = (bytesMax: number, chunks: readonly string[]) => {
  const lines: (string | null)[] = [];
  const read = lineReader(bytesMax, (line) => lines.push(line));
  for (const chunk of chunks) read(Buffer.from(chunk));
  return lines;
};

test('lines are the same however the bytes of them come', () => {
  const text = 'eins\nzwei €\n\nvier\nan open en';
  const whole = ['eins', 'zwei €', '', 'vier'];
  expect(linesOf(64, [text])).toEqual(whole);
  for (let at = 1; at < text.length; at++) expect(linesOf(64, [text.slice(0, at), text.slice(at)])).toEqual(whole);
  const bytes = [...Buffer.from(text)];
  const lines: (string | null)[] = [];
  const read = lineReader(64, (line) => lines.push(line));
  for (const byte of bytes) read(Uint8Array.of(byte));
  expect(lines).toEqual(whole);
});

test('a line that is too long is passed over once, and the next one is read', () => {
  expect(linesOf(4, ['ab\n', 'abcde', 'fgh', 'ijk\nabcd\nabcde\nx\n'])).toEqual(['ab', null, 'abcd', null, 'x']);
});

test('a signature that is begun serves once, and an abandoned one not at all', async () => {
  const said: unknown[] = [];
  const signed = { claimHash: new Uint8Array(32), witness: [Uint8Array.of(0xbb)] };
  const claim = { publicNonce: new Uint8Array(66), abandon: () => {}, finish: async () => signed };
  const signer = { startCooperative: async () => ({ ok: true, value: { ...claim, preimage: { reveal: () => new Uint8Array(32) } } }) };
  let names = 0;
  const serve = serveSigner({
    signer: signer as unknown as Parameters<typeof serveSigner>[0]['signer'], // only this ask is made
    random: (size) => new Uint8Array(size).fill(++names),
    say: (answer) => said.push(answer),
  });
  const ask = async (body: object) => {
    serve(JSON.stringify(body));
    await expect.poll(() => said.length).toBeGreaterThan(0);
    return said.shift();
  };
  const finish = (session: string) => ({ ask: 'finish_cooperative', session, theirNonce: '00'.repeat(66), theirPartial: '00'.repeat(32) });
  const [first, second] = ['01'.repeat(16), '02'.repeat(16)];
  expect(await ask({ id: 1, ask: 'start_cooperative', swapId: 'swp_1' })).toMatchObject({ id: 1, granted: { session: first } });
  expect(await ask({ id: 2, ask: 'start_cooperative', swapId: 'swp_1' })).toMatchObject({ id: 2, granted: { session: second } });
  expect(await ask({ id: 3, ...finish(first) })).toEqual({ id: 3, granted: { claimHash: '00'.repeat(32), witness: ['bb'] } });
  expect(await ask({ id: 4, ...finish(first) })).toEqual({ id: 4, refused: 'session_unknown' });
  expect(await ask({ id: 5, ask: 'abandon_cooperative', session: second })).toEqual({ id: 5, granted: {} });
  expect(await ask({ id: 6, ...finish(second) })).toEqual({ id: 6, refused: 'session_unknown' });
});
