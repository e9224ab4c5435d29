/**
 * How an agent joins the network and dials others.
 *
 * @module
 */

import { call } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { NetworkError } from "../errors.ts";

/** When joining is content. */
export interface JoinOptions {
  /**
   * Peers that must be connected.
   *
   * @default 1 if the agent has bootstrap addresses, else 0.
   */
  minPeers?: number;
  /**
   * How long to wait for them.
   *
   * @default {30_000}
   */
  timeoutMs?: number;
  /** Stops the wait; the join itself goes on in the background. */
  signal?: AbortSignal;
}

/** How a peer is dialled. */
export interface ConnectOptions {
  /**
   * How long to wait.
   *
   * @default {30_000}
   */
  timeoutMs?: number;
  /** Stops the dial. */
  signal?: AbortSignal;
}

/** What the native agent is opened with. */
export type OpenRequest = Methods["agent.open"]["request"];

/** The longest wait: what a timer can hold. */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** The wait without options. */
export const DEFAULT_TIMEOUT_MS = 30_000;

const REOPEN_ATTEMPTS = 20;
const REOPEN_PAUSE_MS = 200;

/** Opens an agent on an address that its predecessor may still hold for a moment. */
export async function openAgain(
  request: OpenRequest,
  action: string,
): Promise<Methods["agent.open"]["answer"]> {
  for (let left = REOPEN_ATTEMPTS;; left--) {
    try {
      return await call("agent.open", request, { action });
    } catch (error) {
      if (left === 0 || !(error instanceof NetworkError) || error.code !== "network_bind") {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, REOPEN_PAUSE_MS));
    }
  }
}
