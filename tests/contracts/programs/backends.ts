// Asks for each backend and says what comes, one line of JSON each.
import { createCore } from "../../../src/contracts/mod.ts";
import type { TendonError } from "../../../src/errors.ts";
import { config } from "../_desk.ts";

for (const backend of ["typescript", "rust"] as const) {
  try {
    const core = createCore(config("backtest"), { backend });
    console.log(JSON.stringify({ asked: backend, got: core.backend }));
    core.close();
  } catch (error) {
    const { name, code, message } = error as TendonError;
    console.log(JSON.stringify({ asked: backend, name, code, message }));
  }
}
