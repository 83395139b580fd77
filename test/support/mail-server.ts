import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { createServer } from 'node:net';

export type Taken = { readonly from: string; readonly to: readonly string[]; readonly data: string };

/** A mail server (RFC 5321) on loopback that takes every mail, or refuses as long as it is told to. */
export async function startMailServer() {
  const taken: Taken[] = [];
  const state = { refusing: false, refused: 0 };
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    talk(socket, state, taken);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    ...{ url: `smtp://127.0.0.1:${port}`, taken, state },
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function talk(socket: Socket, state: { refusing: boolean; refused: number }, taken: Taken[]): void {
  let buffer = '';
  let mail = { from: '', to: [] as string[], data: '' };
  let inData = false;
  const say = (line: string) => socket.write(`${line}\r\n`);
  const answer = (line: string) => {
    if (inData) {
      if (line !== '.') {
        mail.data += `${line.replace(/^\./, '')}\n`;
        return;
      }
      inData = false;
      taken.push(mail);
      mail = { from: '', to: [], data: '' };
      return say('250 taken');
    }
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') return say('250 mail.example');
    if (verb === 'QUIT') return socket.end('221 bye\r\n');
    if (verb === 'MAIL') mail.from = line;
    if (verb === 'RCPT' && state.refusing) {
      state.refused += 1;
      return say(`451 try later, ${line}`);
    }
    if (verb === 'RCPT') mail.to.push(/<(.*)>/.exec(line)?.[1] ?? '');
    inData = verb === 'DATA';
    say(inData ? '354 go on' : '250 ok');
  };
  say('220 mail.example');
  socket.on('data', (data) => {
    buffer += data;
    for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      answer(line);
    }
  });
}
