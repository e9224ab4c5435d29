/**
 * What must hold at every commit, whatever came in; a failure is a mistake in the core or in a
 * snapshot that it was restored from.
 *
 * @module
 */

import type { Invariant, Violation } from "../generated/types.ts";
import { clip, MESSAGE_MAX } from "./clip.ts";
import { decimalText, moneyText } from "./decimal.ts";
import type { Effect, Move } from "./effect.ts";
import { isLegal, isTerminal } from "./legal.ts";
import { quoteCurrency, remaining, sign } from "./order.ts";
import type { State } from "./state.ts";

/** Every invariant that a step checks, sorted. */
export const CHECKED: readonly Invariant[] = [
  "CONSERVATION",
  "FILLED_MONOTONIC",
  "LEGAL_TRANSITION",
  "NO_DUPLICATE_EFFECT",
  "NO_FILL_BEFORE_ACCEPT",
  "QUANTITY_IDENTITY",
  "REMAINING_MONOTONIC",
  "SEQ_MONOTONIC",
  "STEP_ATOMIC",
  "TERMINAL_FINAL",
  "TIME_MONOTONIC",
];

interface Found {
  readonly code: Invariant;
  readonly key: string;
  readonly message: string;
}

/** Checks a step that is about to be committed; `effects` has its event and its intents. */
export function violations(
  state: State,
  effects: readonly Effect[],
  intents: number,
): Violation[] {
  const found = [
    ...numbering(state, effects, intents),
    ...moves(effects),
    ...conservation(state),
    ...quantities(state),
    ...times(state),
  ];
  found.sort((a, b) => (a.code !== b.code ? (a.code < b.code ? -1 : 1) : a.key < b.key ? -1 : 1));
  return found.map(({ code, message }) => ({
    code,
    severity: "fatal",
    message: clip(`step ${state.scalars.stepSeq}: ${message}`, MESSAGE_MAX),
  }));
}

function* numbering(
  state: State,
  effects: readonly Effect[],
  intents: number,
): Generator<Found> {
  const { before, scalars } = state;
  if (scalars.seqId !== before.seqId + 1) {
    yield {
      code: "SEQ_MONOTONIC",
      key: "",
      message: `seq_id ${scalars.seqId} follows ${before.seqId}`,
    };
  }
  if (scalars.stepSeq !== before.stepSeq + 1 || effects.length !== intents + 1) {
    yield {
      code: "STEP_ATOMIC",
      key: "",
      message: `step ${scalars.stepSeq} follows ${before.stepSeq} with ${effects.length} results`,
    };
  }
}

function* moves(effects: readonly Effect[]): Generator<Found> {
  for (const { moves, subject, verdict } of effects) {
    const denied = verdict.outcome === "rejected" && moves[0]?.cause === "place";
    if (verdict.outcome !== "applied" && !denied && moves.length > 0) {
      yield {
        code: "NO_DUPLICATE_EFFECT",
        key: subject.id,
        message: `${subject.id} came to ${verdict.outcome} and moved ${moves.length} times`,
      };
    }
    for (const move of moves) yield* ofMove(move);
  }
}

function* ofMove({ before, after, cause }: Move): Generator<Found> {
  const key = after.id;
  const from = before?.status ?? null;
  if (!isLegal(from, after.status)) {
    yield { code: "LEGAL_TRANSITION", key, message: `order ${key}: ${from} to ${after.status}` };
  }
  if (before === null) return;
  if (isTerminal(before.status)) {
    yield { code: "TERMINAL_FINAL", key, message: `order ${key} had ended: it was ${from}` };
  }
  const early = from === "created" || from === "submitted" || before.resume === "submitted";
  if (cause === "fill" && early) {
    yield { code: "NO_FILL_BEFORE_ACCEPT", key, message: `order ${key} was filled in ${from}` };
  }
  if (after.filled < before.filled) {
    yield {
      code: "FILLED_MONOTONIC",
      key,
      message: `order ${key}: filled ${decimalText(before.filled)}, then ${
        decimalText(after.filled)
      }`,
    };
  }
  if (cause !== "replace" && remaining(after) > remaining(before)) {
    yield {
      code: "REMAINING_MONOTONIC",
      key,
      message: `order ${key}: ${decimalText(remaining(before))} left, then ${
        decimalText(remaining(after))
      }`,
    };
  }
}

function* conservation(state: State): Generator<Found> {
  const touched = new Set([
    ...state.cash.changes().keys(),
    ...state.fees.changes().keys(),
    ...state.adjustments.changes().keys(),
    ...state.totals.changes().keys(),
  ]);
  for (const currency of touched) {
    const { cost, realized } = state.totals.get(currency) ?? { cost: 0n, realized: 0n };
    const have = (state.cash.get(currency) ?? 0n) + cost - realized +
      (state.fees.get(currency) ?? 0n);
    const had = (state.initial.get(currency) ?? 0n) + (state.adjustments.get(currency) ?? 0n);
    if (have === had) continue;
    yield {
      code: "CONSERVATION",
      key: currency,
      message: `${currency}: cash, cost, realized and fees come to ${moneyText(have)}, not ${
        moneyText(had)
      }`,
    };
  }
}

/** Adds up what the step filled, then compares with the holdings. */
function* quantities(state: State): Generator<Found> {
  const touched = new Set(state.holdings.changes().keys());
  const changed = new Set([...state.live.changes().keys(), ...state.closed.changes().keys()]);
  for (const id of changed) {
    const order = state.order(id);
    const before = state.live.changes().get(id) ?? state.closed.changes().get(id);
    const filled = (order?.filled ?? 0n) - (before?.filled ?? 0n);
    const known = order ?? before;
    if (known === undefined || filled === 0n) continue;
    const { instrument, side } = known;
    state.traded.set(instrument, (state.traded.get(instrument) ?? 0n) + sign(side) * filled);
    touched.add(instrument);
  }
  for (const instrument of touched) {
    const held = state.holdings.get(instrument)?.quantity ?? 0n;
    const traded = state.traded.get(instrument) ?? 0n;
    if (held === traded) continue;
    yield {
      code: "QUANTITY_IDENTITY",
      key: instrument,
      message: `${instrument}: ${decimalText(held)} held, ${decimalText(traded)} filled`,
    };
  }
}

function* times(state: State): Generator<Found> {
  for (const [stream, before] of state.cursors.changes()) {
    const now = state.cursors.get(stream);
    if (before === undefined || now === undefined || now.time >= before.time) continue;
    yield {
      code: "TIME_MONOTONIC",
      key: stream,
      message: `${stream}: time ${now.time} follows ${before.time}`,
    };
  }
}

/** Adds the holdings and orders of a restored state to the sums that the invariants use. */
export function sumUp(state: State): void {
  for (const [instrument, { cost, realized }] of state.holdings.entries()) {
    const currency = quoteCurrency(instrument);
    const totals = state.totals.get(currency) ?? { cost: 0n, realized: 0n };
    state.totals.set(currency, { cost: totals.cost + cost, realized: totals.realized + realized });
  }
  for (const order of [...state.live.values(), ...state.closed.values()]) {
    const sum = state.traded.get(order.instrument) ?? 0n;
    state.traded.set(order.instrument, sum + sign(order.side) * order.filled);
  }
}
