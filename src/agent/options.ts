/**
 * How an agent is made.
 *
 * @module
 */

import { isIP } from "node:net";
import { requirePermission } from "../../ffi/permission.ts";
import { checkInteger, checkText, show } from "../_check.ts";
import type { Keypair } from "../identity/mod.ts";
import type { Methods } from "../../ffi/generated/methods.ts";

/**
 * Where an agent listens and whom it dials. Nothing else is contacted, unless `mdns`, `portMapping`
 * or `preset` asks for it: each of these needs the permission `--allow-net` without a list.
 */
export interface NetworkOptions {
  /**
   * The IP address and port to listen on; port 0 takes a free one. Needs the permission
   * `--allow-net=<address>`.
   *
   * @default {"127.0.0.1:0"}
   */
  bind?: string;
  /**
   * IP addresses and ports of agents that {@linkcode Agent.joinNetwork} dials. Each needs the
   * permission `--allow-net=<address>`.
   *
   * @default {[]}
   */
  bootstrap?: readonly string[];
  /**
   * Separates networks: agents with different ids refuse each other. It does not keep out agents
   * without an id.
   */
  networkId?: string;
  /**
   * Peers to which a message is pushed at once; others ask for it seconds later.
   *
   * @default {12}
   */
  eagerPeers?: number;
  /**
   * Whether to pass on topics that the agent itself does not subscribe to.
   *
   * @default {false}
   */
  relay?: boolean;
  /**
   * Whether to look for agents on the local network by multicast DNS and to connect to them.
   *
   * @default {false}
   */
  mdns?: boolean;
  /**
   * Whether to ask the router (UPnP) to forward a port to the agent.
   *
   * @default {false}
   */
  portMapping?: boolean;
  /**
   * `"public"` dials the public bootstrap nodes of the network besides `bootstrap`, and listens on
   * all interfaces unless `bind` says otherwise. Whoever is there learns the agent's address.
   *
   * @default Nothing public.
   */
  preset?: "public";
}

/** How an agent is made. */
export interface AgentOptions {
  /**
   * What the agent calls itself in its announcements, at most 64 bytes. Others see it as it is.
   *
   * @default Nothing.
   */
  name?: string;
  /**
   * Directory of its keys and contacts, created with mode 0700 if it is missing. One live agent
   * per directory. Needs the permissions `--allow-read` and `--allow-write` for it.
   *
   * @default A fresh temporary directory, removed when the agent closes: a new identity each time.
   */
  dataDir?: string;
  /**
   * The machine's key: the path of a key file, made if it is missing, or a keypair, which is then
   * kept as `machine.key` in {@linkcode dataDir}. One live agent per machine key. A path needs the
   * permissions `--allow-read` and `--allow-write` for it.
   *
   * @default `machine.key` in the data directory.
   */
  machineKey?: string | Keypair;
  /**
   * The agent's key: the path of a key file, made if it is missing, or a keypair or the bytes of a
   * key file, which are not written anywhere. A path needs the permissions `--allow-read` and
   * `--allow-write` for it.
   *
   * @default `agent.key` in the data directory.
   */
  agentKey?: string | Keypair | Uint8Array;
  /**
   * The key of the user behind the agent: the path of a key file, which must exist, or a keypair,
   * which is not written anywhere. The user then certifies the agent. A path needs the permission
   * `--allow-read` for it.
   *
   * @default `user.key` in the data directory, if there is one.
   */
  userKey?: string | Keypair;
  /**
   * Its network, or `"offline"` for an agent that only has an identity.
   *
   * @default Loopback, no bootstrap addresses.
   */
  network?: NetworkOptions | "offline";
}

type NetworkSettings = Methods["agent.open"]["request"]["network"] & object;

const DEFAULT_BIND = "127.0.0.1:0";
const PUBLIC_BIND = "0.0.0.0:0";
/** What the network's protocol accepts. */
const NETWORK_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** Far more than a mesh of agents has use for. */
const MAX_EAGER_PEERS = 256;

/** The checked settings for the library; undefined if offline. */
export function networkSettings(
  action: string,
  network: NetworkOptions | "offline" | undefined,
): NetworkSettings | undefined {
  if (network === "offline") return undefined;
  const { bootstrap = [], networkId, eagerPeers, relay, mdns, portMapping, preset } = network ?? {};
  if (preset !== undefined && preset !== "public") {
    throw new TypeError(
      `Cannot ${action} as preset must be "public" or absent: current value is ${show(preset)}`,
    );
  }
  const { bind = preset === undefined ? DEFAULT_BIND : PUBLIC_BIND } = network ?? {};
  checkAddress(action, "bind", bind, 0);
  for (const address of bootstrap) checkAddress(action, "bootstrap address", address, 1);
  const settings: NetworkSettings = { bind, bootstrap: [...bootstrap] };
  if (networkId !== undefined) {
    checkText(action, "networkId", networkId, 256);
    if (!NETWORK_ID.test(networkId)) {
      throw new TypeError(
        `Cannot ${action} as networkId must be 1 to 64 letters, digits, ".", "-" or "_": ` +
          `current value is ${show(networkId)}`,
      );
    }
    settings.networkId = networkId;
  }
  if (eagerPeers !== undefined) {
    checkInteger(action, "eagerPeers", eagerPeers, 1, MAX_EAGER_PEERS);
    settings.eagerPeers = eagerPeers;
  }
  if (relay !== undefined) settings.relay = relay;
  if (mdns !== undefined) settings.mdns = mdns;
  if (portMapping !== undefined) settings.portMapping = portMapping;
  if (preset !== undefined) settings.public = true;
  return settings;
}

/**
 * Throws unless the program may use the network as the settings say.
 *
 * @throws {PermissionError} If `--allow-net` for one of the addresses is missing, or `--allow-net`
 * without a list where addresses are not known beforehand.
 */
export function requireNetwork(action: string, settings: NetworkSettings | undefined): void {
  if (settings === undefined) return;
  if (settings.mdns || settings.portMapping || settings.public) {
    requirePermission(action, { name: "net" });
  }
  for (const address of [settings.bind, ...settings.bootstrap]) {
    requirePermission(action, { name: "net", host: permissionHost(address) });
  }
}

/** Throws unless `address` is an IP address with a port of at least `minPort`. */
export function checkAddress(
  action: string,
  name: string,
  address: string,
  minPort: number,
): void {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(String(address));
  const version = match?.[1] === undefined ? 4 : 6;
  const port = Number(match?.[3]);
  if (isIP(match?.[1] ?? match?.[2] ?? "") === version && port >= minPort && port < 65_536) return;
  throw new TypeError(
    `Cannot ${action} as ${name} must be an IP address and a port such as ` +
      `"127.0.0.1:7001": current value is ${show(address)}`,
  );
}

/** What the runtime's permission for an address is asked for: any port if it is 0. */
function permissionHost(address: string): string {
  return address.endsWith(":0") ? address.slice(0, -2) : address;
}
