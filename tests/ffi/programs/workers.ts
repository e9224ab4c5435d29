// Two Workers share the library with the main thread; a third is killed while it is busy.
import { Worker } from "node:worker_threads";
import { call } from "../../../ffi/call.ts";

function start(mode: string): Worker {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./worker.${extension}`, import.meta.url), { workerData: mode });
}

function message(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

const killed = start("busy");
await message(killed);
const counts = await Promise.all([start("count"), start("count")].map(message));
await killed.terminate();
const { text } = await call("diagnostics.echoLater", { text: "main", delayMs: 0 }, {
  action: "echo",
});
console.log(JSON.stringify({ counts, text }));
