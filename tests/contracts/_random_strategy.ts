/**
 * Random markets, and strategies that decide at random and never sell what they do not hold.
 *
 * @module
 */

import * as fc from "fast-check";
import { moneyText, readDecimal } from "../../src/contracts/core/decimal.ts";
import type { CoreSnapshot, EngineEvent, StrategyIntent } from "../../src/contracts/mod.ts";
import { trade } from "./_desk.ts";
import { cancelling, order, timer } from "./_run.ts";

/** A market that moves, with timers between. */
export const markets: fc.Arbitrary<EngineEvent[]> = fc.array(
  fc.record({
    price: fc.integer({ min: 50, max: 150 }),
    size: fc.integer({ min: 0, max: 40 }),
    timer: fc.boolean(),
  }),
  { minLength: 2, maxLength: 40 },
).map((moves) =>
  moves.flatMap(({ price, size, timer: fires }, index): EngineEvent[] => {
    const second = index + 1;
    const move = trade(second, String(price), moneyText(BigInt(size) * 10n ** 23n));
    return size === 0 ? [timer(second)] : fires ? [move, timer(second)] : [move];
  })
);

/** What a strategy does in a call. */
interface Choice {
  readonly action: string;
  readonly tenths: number;
  readonly price: number;
  readonly pick: number;
}

/** Choices of a strategy, one per call. */
export const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
  fc.record({
    action: fc.constantFrom("buy", "buy at", "sell", "sell at", "cancel", "replace", "wait"),
    tenths: fc.integer({ min: 1, max: 30 }),
    price: fc.integer({ min: 40, max: 160 }),
    pick: fc.nat(20),
  }),
  { minLength: 1, maxLength: 60 },
);

const ENDED: ReadonlySet<string> = new Set(["filled", "cancelled", "rejected", "expired"]);

/** How much BTC there is. */
export function held({ positions }: CoreSnapshot): string {
  return positions[0]?.quantity ?? "0";
}

/** A strategy that takes its choices one by one, and never sells what it does not hold. */
export function chooser(
  plan: readonly Choice[],
): (seen: { readonly snapshot: CoreSnapshot }) => readonly StrategyIntent[] {
  let turn = 0, orders = 0;
  return ({ snapshot }) => {
    const choice = plan[turn++];
    if (choice === undefined) return [];
    const { action, tenths, price, pick } = choice;
    const live = snapshot.orders.filter(({ status }) =>
      status === "accepted" || status === "partially_filled"
    );
    const open = live[pick % Math.max(1, live.length)];
    const quantity = moneyText(BigInt(tenths) * 10n ** 23n);
    const limit = action.endsWith("at") ? String(price) : undefined;
    switch (action) {
      case "buy":
      case "buy at":
        return [order(`o${++orders}`, "buy", quantity, limit)];
      case "sell":
      case "sell at": {
        const offered = snapshot.orders
          .filter(({ side, status }) => side === "sell" && !ENDED.has(status))
          .reduce((sum, { remaining }) => sum + readDecimal(remaining), 0n);
        const free = readDecimal(held(snapshot)) - offered;
        return readDecimal(quantity) > free ? [] : [order(`o${++orders}`, "sell", quantity, limit)];
      }
      case "cancel":
        return open === undefined ? [] : [cancelling(open.order_id)];
      case "replace":
        return open?.side !== "buy" ? [] : [{
          type: "replace_order",
          data: { order_id: open.order_id, quantity, limit_price: null, stop_price: null },
        }];
      default:
        return [];
    }
  };
}
