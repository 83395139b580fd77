import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopPostmaster } from '../../src/postmaster-folder.ts';

/** Memory that is a file system: what a test writes through to the disk costs nothing there, and a killed process loses nothing either. */
const MEMORY = '/dev/shm';
/** What a whole run may need at once, with room to spare; containers often give 64 MB, which is too little for a database. */
const ROOM_BYTES = 4 * 1024 ** 3;
const NAME = /^avopay-test-(\d+)-/;

/** A temp folder for everything of this run, the databases included, which `os.tmpdir()` answers from now on here and in every process of the run. */
export async function makeRunFolder(): Promise<string> {
  const places = [tmpdir(), ...(hasRoom(MEMORY) ? [MEMORY] : [])];
  for (const place of places) await clearAfterKilledRuns(place);
  const folder = mkdtempSync(join(places.at(-1) ?? tmpdir(), `avopay-test-${process.pid}-`));
  const temp = join(folder, 't');
  mkdirSync(temp);
  process.env['TMPDIR'] = temp;
  return folder;
}

function hasRoom(place: string): boolean {
  if (!existsSync(place)) return false;
  const { bavail, bsize } = statfsSync(place);
  return bavail * bsize > ROOM_BYTES;
}

/** A run that was killed could not stop its server: the folder's name tells whose it was. */
async function clearAfterKilledRuns(place: string): Promise<void> {
  for (const name of readdirSync(place)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`) || !existsSync('/proc/self')) continue;
    await stopPostmaster({ folder: join(place, name, 'postgres') });
    rmSync(join(place, name), { recursive: true, force: true });
  }
}
