/**
 * What one event or intent does, collected while it is applied.
 *
 * @module
 */

import type {
  Delta,
  Diagnostic,
  ErrorCode,
  OrderTransition,
  Outcome,
  ReasonCode,
  Severity,
  TransitionCause,
  TransitionFill,
  TransitionResult,
} from "../generated/types.ts";
import { clip, MESSAGE_MAX } from "./clip.ts";
import { decimalText, moneyText } from "./decimal.ts";
import { isTerminal } from "./legal.ts";
import { type Order, remaining } from "./order.ts";
import { sha256 } from "./sha256.ts";
import type { State } from "./state.ts";

/** One step in the life of an order. */
export interface Move {
  readonly before: Order | null;
  readonly after: Order;
  readonly cause: TransitionCause;
  readonly fill: TransitionFill | null;
  readonly reasonCode: ReasonCode | null;
}

/** What an input came to. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly code: ErrorCode | null;
  /** For people. */
  readonly message: string;
}

/** It took effect. */
export const APPLIED: Verdict = { outcome: "applied", code: null, message: "" };
/** It took effect before. */
export const DUPLICATE: Verdict = { outcome: "duplicate", code: null, message: "" };

/** It is against a rule. */
export function rejected(code: ErrorCode, message: string): Verdict {
  return { outcome: "rejected", code, message };
}

/** It is harmless and comes to nothing. */
export function ignored(code: ErrorCode, message: string): Verdict {
  return { outcome: "ignored", code, message };
}

/** The event or intent behind an effect. */
export interface Subject {
  readonly kind: "event" | "intent";
  readonly id: string;
  /** Effective event time, or when the intent was made; null for an event without time. */
  readonly at: string | null;
  /** The order that it names. */
  readonly orderId: string | null;
  /** Span of the event or intent. */
  readonly span: () => string;
}

/** Collects moves, deltas and diagnostics; moves are written into the state at once. */
export class Effect {
  readonly moves: Move[] = [];
  verdict: Verdict = APPLIED;
  readonly subject: Subject;
  readonly #state: State;
  readonly #deltas: { kind: Delta["kind"]; key: string; amount: string; after: string }[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  constructor(state: State, subject: Subject) {
    this.#state = state;
    this.subject = subject;
  }

  /** Creates an order. */
  create(order: Omit<Order, "transitions" | "lastSeq">): Order {
    const created = { ...order, transitions: 0, lastSeq: 0 };
    return this.#move(null, created, "place", null, null);
  }

  /** Moves an order on. */
  move(
    before: Order,
    changes: Partial<Order>,
    cause: TransitionCause,
    fill: TransitionFill | null = null,
    reasonCode: ReasonCode | null = null,
  ): Order {
    return this.#move(before, { ...before, ...changes }, cause, fill, reasonCode);
  }

  #move(
    before: Order | null,
    next: Order,
    cause: TransitionCause,
    fill: TransitionFill | null,
    reasonCode: ReasonCode | null,
  ): Order {
    const ended = isTerminal(next.status);
    const after: Order = {
      ...next,
      resume: next.status === "cancel_pending" ? next.resume : null,
      pendingReplace: ended ? null : next.pendingReplace,
      transitions: next.transitions + 1,
      lastSeq: this.#state.scalars.seqId,
    };
    this.moves.push({ before, after, cause, fill, reasonCode });
    if (ended) {
      this.#state.live.delete(after.id);
      this.#state.closed.set(after.id, after);
    } else this.#state.live.set(after.id, after);
    return after;
  }

  /** Adds a change of an account value, at 24 places. */
  delta(kind: Delta["kind"], key: string, amount: bigint, after: bigint): void {
    this.#deltas.push({ kind, key, amount: moneyText(amount), after: moneyText(after) });
  }

  /** Adds a remark to an input that is applied. */
  remark(code: ErrorCode, severity: Severity, message: string): void {
    this.#diagnostics.push({ code, severity, message, order_id: this.subject.orderId });
  }

  /** The result as the contract shows it. It is the caller's: the record of the step has another one. */
  result(runId: string): TransitionResult {
    const { outcome, code, message } = this.verdict;
    const { seqId } = this.#state.scalars;
    const own: Diagnostic[] = code === null ? this.#diagnostics : [{
      code,
      severity: outcome === "ignored" ? "info" : "error",
      message: clip(message, MESSAGE_MAX),
      order_id: this.subject.orderId,
    }];
    return {
      schema: "transition_result/1.0",
      subject: { kind: this.subject.kind, id: this.subject.id, seq_id: seqId },
      outcome,
      code,
      transitions: this.moves.map((move) => this.#transition(runId, move)),
      deltas: this.#deltas.map((delta) => ({ ...delta })),
      diagnostics: own.map((diagnostic) => ({ ...diagnostic })),
    };
  }

  #transition(runId: string, move: Move): OrderTransition {
    const { before, after } = move;
    const { seqId } = this.#state.scalars;
    const { kind, id, at, span } = this.subject;
    return {
      schema: "order_transition/1.0",
      order_id: after.id,
      index: after.transitions,
      seq_id: seqId,
      intent_id: kind === "intent" ? id : null,
      from: before?.status ?? null,
      to: after.status,
      cause: move.cause,
      // An event without a time is rejected before it can move an order.
      at: at as string,
      fill: move.fill === null ? null : copyOf(move.fill),
      filled_before: decimalText(before?.filled ?? 0n),
      filled_after: decimalText(after.filled),
      remaining_after: decimalText(remaining(after)),
      reason_code: move.reasonCode,
      attribution: { ...after.attribution },
      trace: {
        trace_id: after.traceId,
        span_id: spanId(runId, seqId, `${after.id}|${after.transitions}`),
        parent_span_id: span(),
      },
    };
  }
}

function copyOf({ fee, ...fill }: TransitionFill): TransitionFill {
  return { ...fill, fee: fee === null ? null : { ...fee } };
}

/** Id of a span, from what it stands for. */
export function spanId(runId: string, seqId: number, what: string): string {
  return sha256(`span|${runId}|${seqId}|${what}`).slice(0, 16);
}
