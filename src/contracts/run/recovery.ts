/**
 * Brings a run to where its log ends.
 *
 * @module
 */

import { canonicalJson } from "../json/json.ts";
import { ContractError } from "../../errors.ts";
import type { EngineEvent, ExecutionStepResult } from "../generated/types.ts";
import type { VenueAdapter } from "../venue/venue.ts";
import { venueIntents } from "../venue/venue_intents.ts";
import type { Deliveries } from "./deliveries.ts";
import { KILL_SWITCH } from "./kill_commands.ts";
import { addReport } from "./sequence.ts";
import type { StrategySeat } from "./strategy_seat.ts";

/** What is left to do where the log ends. */
export interface Recovered {
  /** Reports of a simulated venue that were not stepped. */
  readonly reports: EngineEvent[];
  /** How often each event id was stepped after the checkpoint: the input brings them again. */
  readonly stepped: Map<string, number>;
  /** `step_seq` of the last step. */
  readonly step_seq: number;
  /** Its `step_hash`. */
  readonly step_hash: string;
}

/** Where the core stands before. */
export interface RecoveryStart {
  readonly step_seq: number;
  readonly step_hash: string;
}

/**
 * Steps the records after the checkpoint again; a simulated venue hears of all of them again.
 *
 * @param byTime whether the mode steps events by their times
 * @throws {ContractError} `contract_run_recovery` if a record is missing or comes out otherwise
 */
export async function recover(
  records: Iterable<ExecutionStepResult>,
  start: RecoveryStart,
  seat: StrategySeat,
  venue: VenueAdapter,
  deliveries: Deliveries,
  byTime: boolean,
): Promise<Recovered> {
  let { step_seq, step_hash } = start;
  const reports: EngineEvent[] = [];
  const stepped = new Map<string, number>();
  let expected: number | null = null;
  for (const record of records) {
    if (expected !== null && record.step_seq !== expected) throw gap(record.step_seq, expected);
    if (expected === null && venue.simulated && record.step_seq !== 1) {
      throw gap(record.step_seq, 1);
    }
    expected = record.step_seq + 1;
    if (record.step_seq === start.step_seq && record.step_hash !== step_hash) {
      throw departure(record.step_seq);
    }
    if (record.step_seq > start.step_seq) {
      if (record.step_seq !== step_seq + 1) throw gap(record.step_seq, step_seq + 1);
      const result = seat.step(record.event);
      if (result.step_hash !== record.step_hash) throw departure(record.step_seq);
      seat.tell(result);
      ({ step_seq, step_hash } = result);
      const { event_id } = record.event;
      stepped.set(event_id, (stepped.get(event_id) ?? 0) + 1);
    }
    if (!venue.simulated) continue;
    if (isNext(reports[0], record.event)) reports.shift();
    else if (mustComeFirst(reports[0], record.event)) throw departure(record.step_seq);
    for (const report of await deliveries.exchange(record, venueIntents(record))) {
      addReport(reports, report, byTime);
    }
  }
  if (venue.simulated && (expected ?? 1) <= start.step_seq) {
    throw gap(expected ?? 0, start.step_seq);
  }
  return { reports, stepped, step_seq, step_hash };
}

/** Whether a recorded event is the report that a venue made again. */
function isNext(report: EngineEvent | undefined, recorded: EngineEvent): boolean {
  return report?.event_id === recorded.event_id &&
    canonicalJson(report.body) === canonicalJson(recorded.body);
}

/** Whether a report was to be stepped before what was recorded instead. */
function mustComeFirst(report: EngineEvent | undefined, recorded: EngineEvent): boolean {
  if (report === undefined || recorded.producer.name === KILL_SWITCH) return false;
  const { event_time } = report;
  return event_time === null || recorded.event_time === null ||
    BigInt(event_time) <= BigInt(recorded.event_time);
}

function gap(found: number, needed: number): ContractError {
  return new ContractError(
    "contract_run_recovery",
    `Cannot resume as the records must have step ${needed} here, and go on without a gap: ` +
      `found ${found}`,
    { data: { step_seq: needed } },
  );
}

function departure(step: number): ContractError {
  return new ContractError(
    "contract_run_recovery",
    `Cannot resume as step ${step} comes out otherwise than it was recorded: configuration, ` +
      "strategy, checkpoint and records must be those of one run",
    { data: { step_seq: step } },
  );
}
