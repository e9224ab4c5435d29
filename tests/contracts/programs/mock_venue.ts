import { MockExchangeVenue } from "../../../src/contracts/mod.ts";
import { usdPair } from "../_mock_venue.ts";

const venue = new MockExchangeVenue({
  instruments: [usdPair("btc")],
  execution: { exchange: "binance_spot", balances: { usd: "1", btc: "0" } },
});
await venue.connect();
console.log("connected");
