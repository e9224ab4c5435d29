/**
 * An analyst: claims backtests from the shared list, runs them, and reports.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Agent } from "../../src/agent/mod.ts";
import { backtest, type MarketData, type SweepRow, sweepRow } from "../../src/engine/mod.ts";
import { type TaskId, TaskList } from "../../src/tasks/mod.ts";
import {
  backtestConfig,
  NOTICES,
  parseJob,
  parseNotice,
  type Report,
  REPORTS,
  TASKS,
} from "./job.ts";
import { together } from "./together.ts";

/** How an analyst works. */
export interface AnalystOptions {
  /** What the analyst is called. */
  readonly name: string;
  /** Where in the list to start looking, 0 to 1: analysts that start apart seldom collide. */
  readonly start: number;
  /** The market data to test on. */
  readonly data: MarketData;
  /** Ends the work. */
  readonly signal: AbortSignal;
}

/** What an analyst did. */
export interface AnalystReport {
  /** Backtests run. */
  readonly runs: number;
  /** Claims that another analyst won. */
  readonly lostClaims: number;
}

/**
 * Milliseconds between a claim and the work. Replicas agree on the winner of two claims once both
 * have arrived: about 20 on loopback, more on a busy machine. Should it take longer still, both work,
 * and the lead counts the one that completed the task.
 */
const SETTLE_MS = 100;
/** Milliseconds between two greetings: the first messages after a connect may reach nobody. */
const HELLO_MS = 100;

/** Works until the lead says that all is done. */
export async function runAnalyst(agent: Agent, options: AnalystOptions): Promise<AnalystReport> {
  const { name, start, data } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const results = new Map<TaskId, SweepRow>();
  const report = (message: Report) => agent.publish(REPORTS, JSON.stringify(message));
  let welcome = false;
  let lostClaims = 0;

  const notices = await agent.subscribe(NOTICES, { signal });
  const list = await TaskList.open(agent, TASKS);

  const greet = async () => {
    while (!welcome && !signal.aborted) {
      await report({ kind: "hello", name });
      await delay(HELLO_MS);
    }
  };
  const listen = async () => {
    for await (const message of notices) {
      const notice = parseNotice(message.text());
      if (notice?.kind === "finished") break;
      if (notice?.kind === "welcome") welcome ||= notice.agents.includes(agent.agentId.toHex());
      if (notice?.kind !== "repeat") continue;
      for (const task of notice.tasks) {
        const row = results.get(task);
        if (row) await report({ kind: "result", task, row });
      }
    }
    stop.abort();
  };
  const work = async () => {
    for await (const _ of list.changes({ signal })) {
      const free = list.tasks().filter((task) => task.state === "empty");
      const task = free[Math.floor(start * free.length)];
      if (task === undefined) continue;
      const claim = await list.claim(task.id, { settleMs: SETTLE_MS });
      if (!claim.won) {
        lostClaims++;
        continue;
      }
      const job = parseJob(task.description);
      const result = await backtest(data, backtestConfig(job), { signal });
      const row = sweepRow(result, { ...job });
      results.set(task.id, row);
      await report({ kind: "result", task: task.id, row });
      await list.complete(task.id);
    }
  };

  try {
    await together(stop, greet(), listen(), work());
  } finally {
    await Promise.all([notices.close(), list.close()]);
  }
  return { runs: results.size, lostClaims };
}
