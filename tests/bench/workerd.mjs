// @ts-check
// What workerd has used of the processor, as Linux counts it.
import { readFileSync, readdirSync } from 'node:fs';

/** The processes of workerd that this one started, in order. @returns {string[]} */
export function workerds() {
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const [, name, rest] = /^\d+ \((.*)\) (.*)$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').trim()) ?? [];
      const fields = rest?.split(' ') ?? [];
      return Number(fields[1]) === process.pid && name?.startsWith('workerd') ? [{ pid, began: Number(fields[19]) }] : [];
    } catch {
      // It has ended since.
      return [];
    }
  });
  return found.sort((one, two) => one.began - two.began).map(({ pid }) => pid);
}

/** Milliseconds of processor that a process has used, all threads together. @param {string} pid */
export const used = (pid) => readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0) / 1e6;
