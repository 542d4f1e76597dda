// A peer's process under node: reads one JSON request a line and answers with one line, as peers.py asks.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const LEAST_CALLS = 3;
const PATIENCE = 0.5; // After so many seconds a round ends even with fewer calls.
const WARM_UP_CALLS = 20;

// Packages are in the folder that the process runs in, not beside this file.
export const require = createRequire(`${process.cwd()}/`);

// Answer until there is nothing more to read. `ways` makes of a workload, by name, `run` and `applied`.
export async function answer(versions, ways) {
  const cases = new Map();
  say({ versions: `${versions}, node ${process.version}` });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    if (request.price) {
      const made = await ways[request.price](request.workload);
      cases.set(`${request.price} ${request.case}`, made);
      await made.run();
      say(await made.applied());
    } else {
      say(await sample(cases.get(`${request.time} ${request.case}`).run, request.seconds));
    }
  }
}

function say(document) {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

// Time as timing.py does: warmed up, after a garbage collection, each call by itself; microseconds.
async function sample(run, seconds) {
  const started = performance.now();
  for (let i = 0; i < WARM_UP_CALLS && performance.now() - started < seconds * 250; i++) await run();
  globalThis.gc();
  const walls = [];
  const used = process.cpuUsage();
  const begin = performance.now();
  for (let elapsed = 0; elapsed < seconds || (walls.length < LEAST_CALLS && elapsed < PATIENCE); ) {
    const began = process.hrtime.bigint();
    const running = run();
    if (running instanceof Promise) await running;
    walls.push(Number(process.hrtime.bigint() - began) / 1e3);
    elapsed = (performance.now() - begin) / 1e3;
  }
  const { user, system } = process.cpuUsage(used);
  return { walls, cpu: user + system };
}
