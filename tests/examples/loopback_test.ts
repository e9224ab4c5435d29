/**
 * Proof that nothing leaves the machine: programs run in a network namespace whose only way out is
 * an interface that leads nowhere and counts what is sent to it. Where namespaces cannot be had,
 * the sockets of the running program are watched instead.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { libraryPath } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LINUX = process.platform === "linux";

/** Loopback, and a default route into `out0`, which asks for no neighbours and says nothing itself. */
const NAMESPACE = `
  set -e
  ip link set lo up
  ip link add out0 type dummy 2>/dev/null || ip link add out0 type veth peer name out1
  for link in out0 out1; do
    [ -e /proc/sys/net/ipv6/conf/$link ] || continue
    echo 1 > /proc/sys/net/ipv6/conf/$link/addr_gen_mode
    echo 0 > /proc/sys/net/ipv6/conf/$link/accept_ra
    ip link set $link multicast off arp off up
  done
  ip addr add 192.0.2.2/24 dev out0
  ip route add default via 192.0.2.1 dev out0
  ip -6 addr add 2001:db8::2/64 dev out0 nodad
  ip -6 route add default dev out0
  set +e
  "$@"
  status=$?
  awk '$1 == "out0:" { print "packets sent to out0: " $11 }' /proc/net/dev
  exit $status
`;

const namespaces = LINUX && (() => {
  try {
    const text = execFileSync("unshare", ["-rn", "sh", "-c", NAMESPACE, "sh", "true"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.trim() === "packets sent to out0: 0";
  } catch {
    return false;
  }
})();

interface Outcome {
  /** Packets that would have left the machine. */
  readonly sent: number;
  readonly text: string;
}

/** Runs Deno in a namespace of its own and counts what it sends elsewhere. */
async function isolated(args: readonly string[]): Promise<Outcome> {
  const child = new Deno.Command("unshare", {
    args: ["-rn", "sh", "-c", NAMESPACE, "sh", Deno.execPath(), ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", TENDON_LIBRARY: libraryPath },
  });
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, text);
  const sent = /packets sent to out0: (\d+)/.exec(text)?.[1];
  assert(sent !== undefined, text);
  return { sent: Number(sent), text };
}

/** A UDP datagram or two to where nobody is. */
const OFFENDER = `data:text/javascript,${
  encodeURIComponent(`
    import { createSocket } from "node:dgram";
    const send = (kind, host) => new Promise((resolve) => {
      const socket = createSocket(kind);
      socket.send("x", 9, host, () => socket.close(resolve));
    });
    await send("udp4", "192.0.2.9");
    await send("udp6", "2001:db8::9");
  `)
}`;

const EXAMPLES = readdirSync(`${ROOT}examples`).filter((name) =>
  name.endsWith(".ts") && !name.startsWith("_") &&
  readFileSync(`${ROOT}examples/${name}`, "utf8").includes("joinNetwork")
);

Deno.test({
  name: "A program that sends something elsewhere is caught",
  ignore: !namespaces,
  fn: async () => assertEquals((await isolated(["run", "-A", "--quiet", OFFENDER])).sent, 2),
});

Deno.test({
  name: "The examples send nothing but to loopback",
  ignore: !namespaces,
  fn: async () => {
    assert(EXAMPLES.includes("basic_agent.ts") && EXAMPLES.includes("events.ts"));
    for (const example of EXAMPLES) {
      const { sent, text } = await isolated(["run", "-A", "--no-check", `examples/${example}`]);
      assertEquals(sent, 0, `${example}: ${text}`);
    }
  },
});

Deno.test({
  name: "The tests of agents send nothing but to loopback",
  ignore: !namespaces,
  fn: async () => {
    const suites = ["tests/agent/pubsub_test.ts", "tests/network/events_test.ts"];
    const { sent, text } = await isolated(["test", "-A", "--no-check", ...suites]);
    assert(/ok \| \d\d passed \| 0 failed/.test(text), text);
    assertEquals(sent, 0, text);
  },
});

/** The remote ends, and the bound addresses, of a process's sockets that are not loopback. */
function foreignSockets(pid: number): string[] {
  const inodes = new Set<string>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  } catch {
    // Closed between the two looks, or the process has ended.
  }
  const foreign: string[] = [];
  for (const table of ["udp", "udp6", "tcp", "tcp6"]) {
    let lines: string[];
    try {
      lines = readFileSync(`/proc/${pid}/net/${table}`, "utf8").trim().split("\n").slice(1);
    } catch {
      continue;
    }
    for (const line of lines) {
      const [, local = "", remote = "", , , , , , , inode = ""] = line.trim().split(/\s+/);
      if (!inodes.has(inode)) continue;
      // Looking up the own route connects a socket for a moment, and sends nothing.
      if (table === "udp6" && remote.startsWith("60480120")) continue;
      const bound = local.split(":")[0] ?? "";
      const other = remote.split(":")[0] ?? "";
      if (!isLoopback(bound) || !(isLoopback(other) || /^0+$/.test(other))) {
        foreign.push(`${table} ${local} ${remote}`);
      }
    }
  }
  return foreign;
}

/** Addresses as the kernel writes them: hexadecimal, 32-bit words in the machine's order. */
function isLoopback(address: string): boolean {
  return /^[0-9A-F]{6}7F$/.test(address) ||
    address === "00000000000000000000000001000000" ||
    /^0{16}FFFF0000[0-9A-F]{6}7F$/.test(address);
}

/** Runs Deno and looks at its sockets for as long as it runs. */
function watched(args: readonly string[]): Promise<{ code: number | null; foreign: Set<string> }> {
  return new Promise((resolve) => {
    const child = spawn(Deno.execPath(), args, {
      cwd: ROOT,
      stdio: "ignore",
      env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", TENDON_LIBRARY: libraryPath },
    });
    const foreign = new Set<string>();
    const look = setInterval(() => {
      for (const socket of foreignSockets(child.pid ?? 0)) foreign.add(socket);
    }, 10);
    child.on("exit", (code) => {
      clearInterval(look);
      resolve({ code, foreign });
    });
  });
}

Deno.test({
  name: "A socket that is open to elsewhere is seen",
  ignore: !LINUX,
  fn: async () => {
    const source = `
      import { createSocket } from "node:dgram";
      const socket = createSocket("udp4");
      socket.bind(0, "0.0.0.0");
      setTimeout(() => socket.close(), 500);
    `;
    const program = `data:text/javascript,${encodeURIComponent(source)}`;
    const { code, foreign } = await watched(["run", "-A", program]);
    assertEquals([code, foreign.size], [0, 1]);
  },
});

Deno.test({
  name: "The sockets of the examples are on loopback",
  ignore: !LINUX,
  fn: async () => {
    // All of them only where the count of packets is not to be had.
    for (const example of namespaces ? ["basic_agent.ts"] : EXAMPLES) {
      const { code, foreign } = await watched(["run", "-A", "--no-check", `examples/${example}`]);
      assertEquals([code, [...foreign]], [0, []], example);
    }
  },
});
