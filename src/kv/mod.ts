/**
 * Key-value stores that agents share: one agent writes and others follow, or everybody writes keys
 * of their own.
 *
 * See `docs/network.md` for what is promised and what is not.
 *
 * @example
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { KvStore } from "@tendon/tendon/kv";
 * import { assertEquals } from "@std/assert";
 *
 * await using agent = await Agent.create();
 * await using limits = await KvStore.open(agent, "limits");
 * await limits.put("btc", "0.5");
 * assertEquals((await limits.get("btc"))?.text(), "0.5");
 * ```
 *
 * @module
 */

export { KvEntry } from "./kv_entry.ts";
export {
  type KvChange,
  type KvOptions,
  type KvPolicy,
  KvStore,
  type PutOptions,
} from "./kv_store.ts";
