/**
 * Two agents on loopback: one asks the other in private, and gets an answer.
 *
 * deno run --allow-ffi=rust/target/release --allow-net=127.0.0.1 --allow-read=. --allow-read=/tmp \
 *   --allow-write=/tmp examples/direct_message.ts
 *
 * @module
 */

import { Agent } from "../src/agent/mod.ts";

await using alice = await Agent.create();
await using bob = await Agent.create({ network: { bootstrap: [alice.address!] } });
await alice.joinNetwork();
await bob.joinNetwork();

await using questions = await bob.direct.subscribe();
await using answers = await alice.direct.subscribe();

const serving = (async () => {
  for await (const question of questions) {
    console.log(`bob is asked by ${question.sender.toHex().slice(0, 8)}: ${question.text()}`);
    const { n } = question.json<{ n: number }>();
    await bob.direct.send(question.sender, JSON.stringify({ n, square: n * n }));
  }
})();

for (let n = 11; n <= 13; n++) {
  const { path, acknowledged } = await alice.direct.send(bob.agentId, JSON.stringify({ n }));
  console.log(`alice asked over the ${path}, acknowledged: ${acknowledged}`);
  const { value: answer } = await answers.next();
  console.log(`alice learns ${answer?.text()}`);
}

await questions.close();
await serving;
