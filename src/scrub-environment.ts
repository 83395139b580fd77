import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

/**
 * Overwrites a variable's value where the kernel shows it to whoever may read `/proc/PID/environ`: deleting a variable leaves the bytes
 * that a process was started with. Works on Linux; elsewhere, or where the kernel does not let a process write its own memory so, false.
 */
export function scrubVariable(name: string): boolean {
  try {
    overwrite(name);
    return !readFileSync('/proc/self/environ').includes(`${name}=`);
  } catch {
    return false; // no such files, or no right to them
  }
}

/** Where the environment begins and ends, counted from the end of the command's name, which may hold spaces (proc_pid_stat(5): 50, 51). */
const [ENV_START, ENV_END] = [50 - 3, 51 - 3];

function overwrite(name: string): void {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [start, end] = [Number(fields[ENV_START]), Number(fields[ENV_END])];
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    const bytes = Buffer.alloc(end - start);
    readSync(memory, bytes, 0, bytes.length, start);
    const wanted = Buffer.from(`${name}=`);
    for (let at = 0; at < bytes.length; ) {
      const stop = bytes.indexOf(0, at) < 0 ? bytes.length : bytes.indexOf(0, at);
      if (bytes.subarray(at, stop).indexOf(wanted) === 0) writeSync(memory, Buffer.alloc(stop - at, 'x'), 0, stop - at, start + at);
      at = stop + 1;
    }
    bytes.fill(0);
  } finally {
    closeSync(memory);
  }
}
