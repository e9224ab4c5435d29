/** Opens a market at the endpoint given, reads one event and leaves everything open. */

import process from "node:process";
import { LiveMarket } from "../../../src/engine/mod.ts";
import { TendonError } from "../../../src/errors.ts";

try {
  const market = await LiveMarket.open({
    instruments: [
      {
        exchange: "binance_spot",
        nameExchange: "BTCUSDT",
        underlying: { base: "btc", quote: "usdt" },
      },
    ],
    subscriptions: [{ kind: "trades" }],
    ...(process.argv[2] === undefined ? {} : { endpoint: process.argv[2] }),
  });
  const { value } = await market.next();
  console.log(value?.kind);
} catch (error) {
  if (!(error instanceof TendonError)) throw error;
  console.log(error.name, error.data.flag);
}
