/**
 * What a run needs to go on after a restart, as a document.
 *
 * @module
 */

import { canonicalJson } from "../json/json.ts";
import { ContractError } from "../../errors.ts";
import { contractRefusal, ownDocument, requireContract } from "../core/contract_refusal.ts";
import { hashOf } from "../core/sha256.ts";
import type { CoreMemory, ExecutionCore } from "../execution_core.ts";
import type { Checkpoint, CoreConfig, TimeNs } from "../generated/types.ts";

/** Names among the metadata: the end of the hash chain, and how much of the input is done with. */
const PREV_HASH = "run.prev_hash";
const POSITION = "run.position";

/** What of a checkpoint is not in its snapshot. */
export interface CheckpointRest {
  readonly memory: CoreMemory;
  /** Events of the input before the next one. */
  readonly position: number;
}

/**
 * The state of a run between two steps.
 *
 * @param createdAt null where there is no clock: the time of the newest event stands for it
 * @throws {ContractError} `contract_output` if it breaks its contract, as with a too long state of the
 *   strategy
 */
export function makeCheckpoint(
  config: CoreConfig,
  core: ExecutionCore,
  position: number,
  strategyState: string | null,
  createdAt: TimeNs | null,
): Checkpoint {
  const snapshot = core.snapshot();
  const { keys, prev_hash } = core.memory();
  const { halted, risk_flags, cursors, step_seq, as_of, run_id, mode } = snapshot;
  const checkpoint: Checkpoint = {
    schema: "checkpoint/1.0",
    created_at: createdAt ?? as_of ?? "0",
    run_id,
    mode,
    config_hash: hashOf(config),
    data_hash: null,
    snapshot,
    idempotency: [...keys],
    feed_cursors: cursors,
    risk_state: { halted, risk_flags },
    strategy_state: strategyState,
    cursor: step_seq,
    seed: null,
    metadata: [
      { key: POSITION, value: String(position) },
      { key: PREV_HASH, value: prev_hash },
    ],
  };
  requireContract("make a checkpoint", "checkpoint", checkpoint, "contract_output");
  return checkpoint;
}

/**
 * Holds a checkpoint against its contract, its parts against each other, and the configuration.
 *
 * @throws {ContractError} `contract_snapshot`
 */
export function readCheckpoint(given: Checkpoint, config: CoreConfig): CheckpointRest {
  const checkpoint = ownDocument(
    "resume from a checkpoint",
    "checkpoint",
    given,
    "contract_snapshot",
  );
  const refused = contractRefusal("checkpoint", checkpoint, "");
  if (refused !== null) {
    const { pointer, message, found } = refused;
    throw unfit(`"${pointer}" ${message}: current value is ${found}`, { ...refused });
  }
  const { snapshot, cursor, config_hash, risk_state, feed_cursors } = checkpoint;
  if (config_hash !== hashOf(config)) throw unfit("it was made with another configuration");
  const { halted, risk_flags, cursors, step_seq, run_id, mode } = snapshot;
  const parts = { cursor, feed_cursors, mode: checkpoint.mode, risk_state };
  const wanted = {
    cursor: step_seq,
    feed_cursors: cursors,
    mode,
    risk_state: { halted, risk_flags },
  };
  if (checkpoint.run_id !== run_id || canonicalJson(parts) !== canonicalJson(wanted)) {
    throw unfit("its parts do not follow from its snapshot");
  }
  const remark = (name: string, form: RegExp): string => {
    const value = checkpoint.metadata.find(({ key }) => key === name)?.value;
    if (value !== undefined && form.test(value)) return value;
    throw unfit(`its metadata must have "${name}": current value is ${value}`);
  };
  return {
    memory: { keys: checkpoint.idempotency, prev_hash: remark(PREV_HASH, /^[0-9a-f]{64}$/) },
    position: Number(remark(POSITION, /^(0|[1-9][0-9]{0,14})$/)),
  };
}

function unfit(reason: string, data: Record<string, unknown> = {}): ContractError {
  return new ContractError("contract_snapshot", `Cannot resume from a checkpoint: ${reason}`, {
    data,
  });
}
