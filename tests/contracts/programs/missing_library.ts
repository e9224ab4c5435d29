/** Asks for both backends without a native library, and prints what became of each. */
import { BACKENDS, createCore } from "../../../src/contracts/create_core.ts";
import { TendonError } from "../../../src/errors.ts";
import { CONFIG } from "../engine/_script.ts";

const became = BACKENDS.map((backend) => {
  try {
    const core = createCore(CONFIG, { backend });
    core.close();
    return [backend, core.backend];
  } catch (error) {
    return [backend, error instanceof TendonError ? error.code : String(error)];
  }
});
console.log(JSON.stringify(Object.fromEntries(became)));
