/**
 * What an agent signs: messages and its card.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { checkArray, checkObject, checkText } from "../_check.ts";
import { IntroductionCard, type SignOptions } from "../identity/mod.ts";
import { checkContext, checkMessage } from "../identity/signing.ts";

/** What an agent says about itself. */
export interface CardOptions {
  /** A name for people, at most 256 bytes. */
  name?: string;
  /**
   * What the agent offers.
   *
   * @default {[]}
   */
  services?: readonly {
    /** Its name, for programs, at most 256 bytes. */
    name: string;
    /**
     * What it is, for people, at most 1 KiB.
     *
     * @default {""}
     */
    description?: string;
    /**
     * How far a caller must be trusted, in the agent's own words, at most 256 bytes.
     *
     * @default {"unknown"}
     */
    minTrust?: string;
  }[];
}

const MAX_NAME_BYTES = 256;
const MAX_DESCRIPTION_BYTES = 1024;
const MAX_SERVICES = 64;

/** Signs with the key of the agent that `live` names. */
export function signAs(
  live: (action: string) => number,
  message: Uint8Array,
  options: SignOptions,
): Uint8Array {
  const action = "sign a message";
  checkMessage(action, message);
  const request = { agent: live(action), context: checkContext(action, options) };
  const { columns } = callSync("identity.signAsAgent", request, { action, attachment: message });
  return columns["signature"] as Uint8Array;
}

/** Makes the card of the agent that `live` names. */
export function makeCard(live: (action: string) => number, options: CardOptions): IntroductionCard {
  const action = "make a card";
  const { name, services = [] } = options;
  if (name !== undefined) checkText(action, "the name", name, MAX_NAME_BYTES);
  checkArray(action, "services", services);
  if (services.length > MAX_SERVICES) {
    throw new RangeError(
      `Cannot ${action} as there may be at most ${MAX_SERVICES} services: ` +
        `current value has ${services.length}`,
    );
  }
  const records = services.map((service) => {
    checkObject(action, "a service", service);
    const { name, description = "", minTrust = "unknown" } = service;
    checkText(action, "a service's name", name, MAX_NAME_BYTES);
    checkText(action, "a service's description", description, MAX_DESCRIPTION_BYTES);
    checkText(action, "a service's minTrust", minTrust, MAX_NAME_BYTES);
    return { name, description, minTrust };
  });
  const request = { agent: live(action), services: records, ...(name !== undefined && { name }) };
  return IntroductionCard.fromJson(callSync("identity.makeCard", request, { action }).json);
}
