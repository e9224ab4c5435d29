import { assert, assertEquals, assertRejects } from "@std/assert";
import { callSync } from "../../ffi/call.ts";
import { context } from "../../ffi/context.ts";
import { fileURLToPath } from "node:url";
import { Agent, type NetworkOptions } from "../../src/agent/mod.ts";
import { networkSettings } from "../../src/agent/options.ts";
import { isDeno, test } from "../harness.ts";
import { bounded } from "../agent/harness.ts";

/** What the transport would be told; opens nothing. */
function plan(network: NetworkOptions) {
  const settings = networkSettings("plan", network);
  assert(settings);
  return callSync("diagnostics.networkPlan", settings, { action: "plan" });
}

test("Nothing public is switched on unless asked for", () => {
  assertEquals(plan({}), {
    bind: "127.0.0.1:0",
    bootstrap: [],
    mdns: false,
    portMapping: false,
  });
  assertEquals(plan({ bootstrap: ["127.0.0.1:7001"] }).bootstrap, ["127.0.0.1:7001"]);
});

test("mdns, portMapping and preset switch on what they say and no more", () => {
  const off = { bind: "127.0.0.1:0", bootstrap: [], mdns: false, portMapping: false };
  assertEquals(plan({ mdns: true }), { ...off, mdns: true });
  assertEquals(plan({ portMapping: true }), { ...off, portMapping: true });
  const open = plan({ preset: "public", bootstrap: ["127.0.0.1:7001"] });
  assertEquals([open.bind, open.mdns, open.portMapping], ["0.0.0.0:0", false, false]);
  assertEquals(open.bootstrap[0], "127.0.0.1:7001");
  assert(open.bootstrap.length > 1);
  assertEquals(plan({ preset: "public", bind: "127.0.0.1:0" }).bind, "127.0.0.1:0");
});

test("Agent.create() refuses a preset and a network id that there is not", async () => {
  const preset = "private" as "public";
  await assertRejects(() => Agent.create({ network: { preset } }), TypeError, "preset");
  for (const networkId of ["", "a b", "x".repeat(65), "größe"]) {
    await assertRejects(() => Agent.create({ network: { networkId } }), TypeError, "networkId");
  }
});

test("mdns, portMapping and preset need --allow-net without a list", async () => {
  if (!isDeno) return;
  const module = JSON.stringify(new URL("../../src/agent/mod.ts", import.meta.url).href);
  const source = `
    import { Agent } from ${module};
    const builders = [
      Agent.builder().withMdns(),
      Agent.builder().withPortMapping(),
      Agent.builder().withBind("127.0.0.1:0").withPreset("public"),
    ];
    for (const builder of builders) {
      try {
        await builder.build();
        console.log("nothing was refused");
      } catch (error) {
        console.log(error.name, error.data?.flag);
      }
    }
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-net=127.0.0.1,0.0.0.0",
      `--allow-ffi=${context().libraryPath}`,
      `--allow-read=/tmp,${fileURLToPath(new URL("../../", import.meta.url))}`,
      "--allow-write=/tmp",
      "--allow-env=TENDON_LIBRARY",
      `data:text/javascript,${encodeURIComponent(source)}`,
    ],
    env: { NO_COLOR: "1", TENDON_LIBRARY: context().libraryPath },
  });
  const { stdout, stderr } = await bounded(child.output());
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  const refused = "PermissionError --allow-net";
  assertEquals(lines, [refused, refused, refused], new TextDecoder().decode(stderr));
});
