import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { context } from "../../ffi/context.ts";
import { isDeno, test } from "../harness.ts";
import { bounded } from "./harness.ts";

const AGENT = new URL("../../src/agent/mod.ts", import.meta.url).href;

/** Runs a program under the given permissions; it has a directory to read and write. */
async function run(source: string, permissions: string[]): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-write=/tmp",
      "--allow-env=TENDON_LIBRARY",
      ...permissions,
      `data:text/javascript,${encodeURIComponent(source)}`,
    ],
    env: { NO_COLOR: "1", TENDON_LIBRARY: process.env.TENDON_LIBRARY ?? "" },
  });
  const { code, stdout, stderr } = await bounded(child.output());
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

const refused = (work: string) => `
  import { Agent } from ${JSON.stringify(AGENT)};
  try {
    ${work}
    console.log("nothing was refused");
  } catch (error) {
    console.log(error.name, error.data?.flag);
  }
`;

test("Agent.create() needs --allow-net for the addresses it will use, and names the flag", async () => {
  if (!isDeno) return;
  const ffi = `--allow-ffi=${context().libraryPath}`;
  const create = (network: string) => run(refused(`await Agent.create(${network});`), [ffi]);
  assertEquals(await create(""), "PermissionError --allow-net=127.0.0.1");
  assertEquals(
    await create(`{ network: { bind: "127.0.0.1:7001" } }`),
    "PermissionError --allow-net=127.0.0.1:7001",
  );
});

test("Agent.connect() needs --allow-net for the address", async () => {
  if (!isDeno) return;
  const permissions = [`--allow-ffi=${context().libraryPath}`, "--allow-net=127.0.0.1"];
  const work = `
    await using agent = await Agent.create();
    await agent.connect("127.0.0.2:7001");
  `;
  assertEquals(await run(refused(work), permissions), "PermissionError --allow-net=127.0.0.2:7001");
});

test("An agent works under a path-scoped --allow-ffi and loopback only", async () => {
  if (!isDeno) return;
  const permissions = [`--allow-ffi=${context().libraryPath}`, "--allow-net=127.0.0.1"];
  const heard = await run(
    `
      import { Agent } from ${JSON.stringify(AGENT)};
      await using agent = await Agent.create();
      await using echo = await agent.subscribe("echo");
      await agent.publish("echo", "hello");
      console.log((await echo.next()).value.text());
    `,
    permissions,
  );
  assert(heard === "hello", heard);
});

test("Agent.create() needs --allow-write for the file of a key", async () => {
  if (!isDeno) return;
  const permissions = [`--allow-ffi=${context().libraryPath}`, "--allow-net=127.0.0.1"];
  const path = "/nowhere/agent.key";
  const work = `await Agent.create({ agentKey: "${path}" });`;
  assertEquals(await run(refused(work), permissions), `PermissionError --allow-write=${path}`);
});
