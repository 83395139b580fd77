import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseIp } from '../../src/webhooks/ip-address.ts';

/** A name server on loopback that answers A and AAAA questions from a script. */
export async function nameServer(answer: (name: string, type: 'A' | 'AAAA') => string[]): Promise<{ port: number; close: () => void }> {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const labels: string[] = [];
    let offset = 12;
    for (let length = question[offset] ?? 0; length > 0; length = question[offset] ?? 0) {
      labels.push(question.subarray(offset + 1, offset + 1 + length).toString('latin1'));
      offset += length + 1;
    }
    const type = question.readUInt16BE(offset + 1) === 28 ? 'AAAA' : 'A';
    const records = answer(labels.join('.'), type).map((address) => {
      const bytes = type === 'A' ? 4 : 16;
      const value = (parseIp(address)?.value ?? 0n).toString(16).padStart(bytes * 2, '0');
      return Buffer.concat([Buffer.from([0xc0, 12, 0, type === 'A' ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, bytes]), Buffer.from(value, 'hex')]);
    });
    const head = Buffer.from([question[0] ?? 0, question[1] ?? 0, 0x81, 0x80, 0, 1, 0, records.length, 0, 0, 0, 0]);
    socket.send(Buffer.concat([head, question.subarray(12, offset + 5), ...records]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => socket.close() };
}
