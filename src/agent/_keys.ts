/**
 * The keys that an agent is given, held for as long as the agent may be opened again.
 *
 * @module
 */

import { resolve } from "node:path";
import { callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { requirePermission } from "../../ffi/permission.ts";
import type { KeySetting, KeySettings } from "../../ffi/generated/methods.ts";
import { checkText } from "../_check.ts";
import { sharedHandle } from "../_native_handle.ts";
import { Keypair } from "../identity/mod.ts";
import type { AgentOptions } from "./options.ts";

const MAX_PATH_BYTES = 4096;

/**
 * An agent's own hold on the keys given: paths as absolute paths, keypairs as native copies, so
 * that the caller may dispose its own.
 */
export class HeldKeys {
  /** For the library; undefined if no key was given. */
  readonly settings: KeySettings | undefined;
  readonly #handles: NativeHandle[] = [];

  /** Takes hold of the keys in the options. */
  constructor(action: string, options: AgentOptions) {
    const { machineKey, agentKey, userKey } = options;
    const settings: KeySettings = {};
    try {
      if (machineKey !== undefined) {
        settings.machine = this.#hold(action, "machineKey", machineKey, true);
      }
      if (agentKey instanceof Uint8Array) {
        settings.agent = this.#own(
          callSync("identity.fromBytes", {}, { action, attachment: agentKey }),
        );
      } else if (agentKey !== undefined) {
        settings.agent = this.#hold(action, "agentKey", agentKey, true);
      }
      if (userKey !== undefined) settings.user = this.#hold(action, "userKey", userKey, false);
    } catch (error) {
      this.release();
      throw error;
    }
    if (Object.keys(settings).length > 0) this.settings = settings;
  }

  /** Wipes the native copies. */
  release(): void {
    for (const handle of this.#handles.splice(0)) handle.close();
  }

  #hold(action: string, name: string, key: string | Keypair, made: boolean): KeySetting {
    if (key instanceof Keypair) {
      const request = { keypair: sharedHandle(key, action) };
      return this.#own(callSync("identity.duplicate", request, { action }));
    }
    if (typeof key !== "string") {
      throw new TypeError(
        `Cannot ${action} as ${name} must be a path or a Keypair: ` +
          `current value is of type ${typeof key}`,
      );
    }
    checkText(action, name, key, MAX_PATH_BYTES);
    if (key === "") throw new RangeError(`Cannot ${action} as ${name} must not be empty`);
    const path = resolve(key);
    requirePermission(action, { name: "read", path });
    if (made) requirePermission(action, { name: "write", path });
    return { file: path };
  }

  #own({ keypair }: { keypair: number }): KeySetting {
    this.#handles.push(new NativeHandle(keypair, "keypair"));
    return { keypair };
  }
}
