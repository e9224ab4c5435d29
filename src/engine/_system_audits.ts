/**
 * The audit ticks of a running system.
 *
 * @module
 */

import { call, callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { CancelledError, ClosedError } from "../errors.ts";
import { type AuditFilter, AuditUpdates } from "./audit.ts";
import { AuditSnapshot } from "./replica.ts";

const ACTION = "receive audit ticks";

type Opened = NonNullable<Methods["engine.startSystem"]["answer"]["audits"]>;

/** The stream behind `System.audit()`, which outlives its system until it is read or closed. */
export interface SystemAudits {
  readonly updates: AuditUpdates;
  /** Closes the stream and its snapshot; resolves when nothing of them is under way. */
  close(): Promise<void>;
}

/** Opens the stream; see {@linkcode SystemAudits}. */
export function systemAudits(opened: Opened, filter: AuditFilter): SystemAudits {
  const handle = new NativeHandle(opened.audits, "audit stream");
  let dropped = 0;
  /** The wait for ticks that is under way: one, however many readers there are. */
  let waiting: { readonly pushed: Promise<void>; readonly stop: AbortController } | undefined;
  let stopping = Promise.resolve();
  const idle = () => {
    if (waiting === undefined) return;
    waiting.stop.abort();
    stopping = waiting.pushed;
    waiting = undefined;
  };
  const updates = new AuditUpdates(
    {
      poll(max) {
        const request = { audits: handle.value, max };
        const polled = callSync("engine.systemAudits", request, { action: ACTION });
        dropped = polled.dropped;
        return polled;
      },
      pushed() {
        if (waiting === undefined) {
          const stop = new AbortController();
          const pushed = ready(handle.value, stop.signal).finally(() => {
            if (waiting?.stop === stop) waiting = undefined;
          });
          waiting = { pushed, stop };
        }
        return waiting.pushed;
      },
      idle,
      close() {
        idle();
        handle.close();
      },
    },
    filter,
    new AuditSnapshot(opened.snapshot),
    () => dropped,
  );
  return {
    updates,
    async close() {
      updates.close();
      updates.snapshot.close();
      await stopping;
    },
  };
}

async function ready(audits: number, signal: AbortSignal): Promise<void> {
  try {
    await call("engine.systemAuditsReady", { audits }, { action: ACTION, signal });
  } catch (error) {
    // Whoever stopped the wait knows.
    if (!(error instanceof CancelledError || error instanceof ClosedError)) throw error;
  }
}
