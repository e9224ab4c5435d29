/**
 * The lead: posts the backtests, gathers the results of those who won them, and ranks.
 *
 * @module
 */

import type { Agent } from "../../src/agent/mod.ts";
import type { SweepRow } from "../../src/engine/mod.ts";
import { type TaskId, type TaskItem, TaskList } from "../../src/tasks/mod.ts";
import { type Job, type Notice, NOTICES, parseReport, REPORTS, TASKS, title } from "./job.ts";
import { together } from "./together.ts";

/** How the lead works. */
export interface LeadOptions {
  /** The backtests to post. */
  readonly jobs: readonly Job[];
  /** Analysts to wait for before posting. */
  readonly analysts: number;
  /** Called when all tasks are posted. */
  readonly onPosted: () => void;
  /** Called with every result that counts. */
  readonly onResult: (row: SweepRow, done: number) => void;
  /** Ends the work; the promise rejects with its reason. */
  readonly signal: AbortSignal;
}

/** Milliseconds after which the results of finished tasks are asked for again. */
const REPEAT_MS = 1000;

/** Posts all jobs, waits until each is done, and returns the results, best first. */
export async function runLead(agent: Agent, options: LeadOptions): Promise<SweepRow[]> {
  const { jobs, signal } = options;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  /** Names of analysts by agent id. */
  const analysts = new Map<string, string>();
  /** All results that arrived, by task and sender: only the winner's will count. */
  const arrived = new Map<TaskId, Map<string, SweepRow>>();
  const accepted = new Map<TaskId, SweepRow>();
  const tell = (notice: Notice) => agent.publish(NOTICES, JSON.stringify(notice));
  let posted = 0;

  const reports = await agent.subscribe(REPORTS, { signal: ended });
  const list = await TaskList.open(agent, TASKS);

  /** Counts the results of done tasks that came from the agent that completed them. */
  const settle = () => {
    for (const task of list.tasks()) {
      const row = task.state === "done" && !accepted.has(task.id) && rowOf(task);
      if (!row) continue;
      accepted.set(task.id, row);
      options.onResult(row, accepted.size);
    }
    if (posted > 0 && accepted.size === jobs.length) stop.abort();
  };
  const rowOf = ({ id, completedBy }: TaskItem): SweepRow | undefined => {
    const sender = completedBy?.agent.toHex() ?? "";
    const row = arrived.get(id)?.get(sender);
    return row && { ...row, agent: analysts.get(sender) ?? sender.slice(0, 8) };
  };
  const post = async () => {
    await tell({ kind: "welcome", agents: [...analysts.keys()] });
    for (const job of jobs) {
      posted++;
      await list.add(title(job), JSON.stringify(job));
    }
    options.onPosted();
  };
  const listen = async () => {
    for await (const message of reports) {
      const report = parseReport(message.text());
      const sender = message.sender.toHex();
      if (report?.kind === "hello") {
        analysts.set(sender, report.name);
        if (posted > 0) await tell({ kind: "welcome", agents: [...analysts.keys()] });
        else if (analysts.size >= options.analysts) await post();
      } else if (report?.kind === "result") {
        const rows = arrived.get(report.task) ?? new Map<string, SweepRow>();
        arrived.set(report.task, rows.set(sender, report.row));
        settle();
      }
    }
  };
  const watch = async () => {
    for await (const _ of list.changes({ signal: ended })) settle();
  };
  const remind = setInterval(() => {
    const missing = list.tasks().filter((task) => task.state === "done" && !accepted.has(task.id));
    const tasks = missing.map((task) => task.id);
    if (tasks.length > 0) void tell({ kind: "repeat", tasks }).catch((error) => stop.abort(error));
  }, REPEAT_MS);
  try {
    await together(stop, listen(), watch());
  } finally {
    clearInterval(remind);
    await Promise.all([reports.close(), list.close()]);
  }
  signal.throwIfAborted();
  await tell({ kind: "finished" });
  return [...accepted.values()].sort((a, b) => b.profit - a.profit);
}
