/**
 * Whole stories of orders.
 *
 * @module
 */

import { createCore } from "../../../../src/contracts/create_core.ts";
import { sequenceBatch } from "../../../../src/contracts/sequence_batch.ts";
import type { CoreConfig, Fee } from "../../../../src/contracts/generated/types.ts";
import { cancel, CONFIG, NOBODY, place, replace, Script } from "../_script.ts";
import { type Definition, fixture } from "./definition.ts";

const fee = (currency: string, amount: string): { fee: Fee } => ({ fee: { currency, amount } });
const strategy = (strategy_id: string) => ({ attribution: { ...NOBODY, strategy_id } });
const limits = (risk: Partial<CoreConfig["risk"]>) => ({ risk: { ...CONFIG.risk, ...risk } });

/** A script in which order o1 is accepted. */
function accepted(quantity = "1"): Script {
  return new Script().timer(place("o1", { quantity })).report("o1", "accepted");
}

/** The example of the documentation. */
export function workedExample(): Script {
  return new Script()
    .timer(place("o1", { quantity: "1.5", limit_price: "102" }))
    .report("o1", "accepted")
    .fill("o1", "f1", "0.5", { price: "100", ...fee("USD", "0.05") })
    .fill("o1", "f1", "0.5", { price: "100", ...fee("USD", "0.05") })
    .timer(cancel("o1"))
    .fill("o1", "f2", "0.25", { price: "101", ...fee("USD", "0.02525") })
    .report("o1", "cancel_rejected")
    .fill("o1", "f3", "0.75", { price: "102", ...fee("USD", "0.0765") })
    .timer(place("o2", { side: "sell", quantity: "1", limit_price: "110" }))
    .report("o2", "accepted")
    .fill("o2", "f4", "0.4", { price: "110" })
    .fill("o2", "f5", "0.7", { price: "111" })
    .fill("o2", "f6", "0.6", { price: "111" });
}

/** Four events of one moment, from several venues, in the order of the sequencer. */
function manyVenues(): Script {
  const loose = new Script();
  const at = String(loose.now);
  for (const venue of ["zeta", "alpha", "mid"]) {
    loose.trade("100", { venue, event_time: at, producer: { name: venue, index: 1 } });
  }
  loose.command("reconcile", {}, { event_time: at });
  const script = new Script();
  for (const event of sequenceBatch(loose.steps.map(({ event }) => event), "backtest")) {
    script.steps.push({ event, intents: [] });
  }
  return script;
}

/** The second half of the worked example, from a snapshot in the middle of it. */
function restart(): Definition {
  const { steps } = workedExample();
  const core = createCore(CONFIG, { backend: "typescript", validation: "full" });
  for (const { event, intents } of steps.slice(0, 6)) core.step(event, intents);
  const start = { snapshot: core.snapshot(), memory: core.memory() };
  core.close();
  return {
    path: "scenarios/restart_from_checkpoint",
    description: "The worked example goes on from a snapshot with the cancel pending",
    config: CONFIG,
    start,
    steps: steps.slice(6),
  };
}

/** The stories. */
export const SCENARIOS: readonly Definition[] = [
  fixture("scenarios/worked_example", "The example of the documentation", workedExample()),
  restart(),
  fixture("scenarios/full_fill", "One fill ends the order", accepted().fill("o1", "f1", "1")),
  fixture(
    "scenarios/partial_fills",
    "Fills with cumulative figures, one of them wrong",
    accepted().fill("o1", "f1", "0.3", { cum_filled: "0.3", remaining: "0.7" })
      .fill("o1", "f2", "0.3", { cum_filled: "0.5" })
      .fill("o1", "f2", "0.3", { cum_filled: "0.6", remaining: "0.4" })
      .fill("o1", "f3", "0.4", { cum_filled: "1", remaining: "0" }),
  ),
  fixture(
    "scenarios/cancel_after_partial",
    "What was filled stays",
    accepted().fill("o1", "f1", "0.3").timer(cancel("o1")).report("o1", "cancelled", {
      cum_filled: "0.3",
      reason_code: "user",
      reason: "asked for",
    }),
  ),
  fixture(
    "scenarios/cancel_race_won",
    "The cancel comes before the last fill",
    accepted().timer(cancel("o1")).fill("o1", "f1", "0.3").report("o1", "cancelled")
      .fill("o1", "f2", "0.7"),
  ),
  fixture(
    "scenarios/cancel_race_lost",
    "The last fill comes before the cancel",
    accepted().timer(cancel("o1"), cancel("o1")).fill("o1", "f1", "1")
      .report("o1", "cancel_rejected").report("o1", "cancelled"),
  ),
  fixture(
    "scenarios/cancel_reject",
    "The order goes back to where it was, three times",
    new Script().timer(place("o1"), cancel("o1")).report("o1", "cancel_rejected", {
      report_id: "1",
    })
      .report("o1", "accepted").timer(cancel("o1"))
      .report("o1", "cancel_rejected", { report_id: "2" })
      .fill("o1", "f1", "0.5").timer(cancel("o1"))
      .report("o1", "cancel_rejected", { report_id: "3" }),
  ),
  fixture(
    "scenarios/reject",
    "The venue rejects, before and after it accepted",
    new Script().timer(place("o1"), place("o2"))
      .report("o1", "rejected", { reason_code: "insufficient_funds", reason: "no funds" })
      .report("o2", "accepted").report("o2", "rejected", { reason_code: "post_only_cross" }),
  ),
  fixture(
    "scenarios/expire",
    "Orders of a day and with a date end by themselves",
    new Script().timer(
      place("o1", { time_in_force: "day" }),
      place("o2", { time_in_force: "gtd", expire_at: "1700000100000000000" }),
    ).report("o1", "accepted").report("o2", "accepted").fill("o2", "f1", "0.25")
      .report("o1", "expired").report("o2", "expired", { cum_filled: "0.25" }),
  ),
  fixture(
    "scenarios/ioc_and_fok",
    "Immediate or cancel fills in part, fill or kill not at all",
    new Script().timer(
      place("ioc", { time_in_force: "ioc" }),
      place("fok", { time_in_force: "fok", order_type: "market", limit_price: null }),
    ).report("ioc", "accepted").fill("ioc", "f1", "0.6").report("ioc", "cancelled")
      .report("fok", "cancelled", { reason_code: "other" }),
  ),
  fixture(
    "scenarios/replace",
    "Up, down, to a price, below what is filled, to a price by the venue's own will",
    accepted().timer(replace("o1", { quantity: "2" })).report("o1", "replaced", { report_id: "1" })
      .fill("o1", "f1", "0.5").timer(replace("o1", { quantity: "0.75", limit_price: "101" }))
      .report("o1", "replaced", { report_id: "2", quantity: "0.8" })
      .timer(replace("o1", { quantity: "0.5" }))
      .timer(replace("o1", { limit_price: "90" }))
      .report("o1", "replaced", { report_id: "3", quantity: "0.4" })
      .report("o1", "replace_rejected")
      .report("o1", "replaced", { report_id: "4", limit_price: "102" })
      .fill("o1", "f2", "0.3"),
  ),
  fixture(
    "scenarios/replace_while_cancelling",
    "A replace that was under way arrives after the cancel was asked for",
    accepted().timer(replace("o1", { quantity: "3" }), cancel("o1")).report("o1", "replaced")
      .fill("o1", "f1", "1").report("o1", "cancelled"),
  ),
  fixture(
    "scenarios/duplicate_fill",
    "The same fill counts once, also after the order ended",
    accepted().fill("o1", "f1", "0.5").fill("o1", "f1", "0.5").fill("o1", "f2", "0.5")
      .fill("o1", "f2", "0.5"),
  ),
  fixture(
    "scenarios/conflicting_duplicate",
    "The same key with other content is refused, for events and intents",
    accepted().fill("o1", "f1", "0.5").fill("o1", "f1", "0.4")
      .timer(place("o2", {}, { intent_id: "same" })).timer(place("o3", {}, { intent_id: "same" }))
      .timer(place("o2", {}, { intent_id: "same" })),
  ),
  fixture(
    "scenarios/explicit_keys",
    "Keys of the sender's own, shared by market data, reports and intents",
    accepted().trade("100", { idempotency_key: "tick 1" }).trade("100", {
      idempotency_key: "tick 1",
    })
      .trade("101", { idempotency_key: "tick 1" })
      .timer(cancel("o1", { idempotency_key: "tick 1" })),
  ),
  fixture(
    "scenarios/fill_under_two_keys",
    "A fill takes effect once, under its sender's key or its own",
    accepted().fill("o1", "f1", "0.1", {}, { idempotency_key: "key 1" })
      .fill("o1", "f1", "0.1", {}, { idempotency_key: "key 2" })
      .fill("o1", "f1", "0.1")
      .fill("o1", "f1", "0.2", {}, { idempotency_key: "key 3" })
      .fill("o1", "f2", "0.1")
      .fill("o1", "f2", "0.1", {}, { idempotency_key: "key 4" })
      .fill("o1", "f3", "0.1", {}, { idempotency_key: "fill|sim|o1|f3" }),
  ),
  fixture(
    "scenarios/out_of_order_ack",
    "A fill arrives before the acknowledgement, is refused, and is taken when it is sent again",
    new Script().timer(place("o1")).fill("o1", "f1", "1").report("o1", "accepted")
      .fill("o1", "f1", "1").report("o1", "accepted", { report_id: "late" }),
  ),
  fixture(
    "scenarios/overfill",
    "More than the order is refused, then the rest is taken",
    accepted().fill("o1", "f1", "1.000000000001").fill("o1", "f2", "0.9").fill("o1", "f3", "0.2")
      .fill("o1", "f4", "0.1"),
  ),
  fixture(
    "scenarios/nothing_filled",
    "Orders and fills of nothing or less",
    accepted().fill("o1", "f1", "0").fill("o1", "f2", "-1").timer(
      place("o2", { quantity: "0" }),
      place("o3", { quantity: "-1" }),
    ),
  ),
  fixture(
    "scenarios/fill_after_terminal",
    "An order that ended takes no fill",
    accepted().report("o1", "cancelled").fill("o1", "f1", "0.5"),
  ),
  fixture(
    "scenarios/fees",
    "In the base currency, in a third one, and a rebate",
    accepted("4").fill("o1", "f1", "1", fee("BTC", "0.001")).fill(
      "o1",
      "f2",
      "1",
      fee("BNB", "0.02"),
    )
      .fill("o1", "f3", "1", fee("USD", "-0.01")).fill("o1", "f4", "1", fee("BNB", "0")),
  ),
  fixture(
    "scenarios/short_and_flip",
    "From long to short and back to nothing, with halves rounded to even",
    new Script().timer(
      place("o1", { quantity: "3" }),
      place("o2", { side: "sell", quantity: "5" }),
      place("o3", { quantity: "2" }),
    ).report("o1", "accepted").report("o2", "accepted").report("o3", "accepted")
      .fill("o1", "f1", "1", { price: "100.01" }).fill("o1", "f2", "2", { price: "100.02" })
      .fill("o2", "f3", "1", { price: "101" }).fill("o2", "f4", "4", { price: "99.999999999999" })
      .fill("o3", "f5", "0.7", { price: "98" }).fill("o3", "f6", "1.3", { price: "102.5" }),
  ),
  fixture(
    "scenarios/two_strategies",
    "Two strategies trade one instrument; orders keep whose they are",
    new Script().timer(
      place("a", {}, strategy("alpha")),
      place("b", { side: "sell" }, { ...strategy("beta"), created_at: "1700000000500000000" }),
    ).report("a", "accepted").report("b", "accepted").fill("a", "f1", "1").fill("b", "f1", "1", {
      price: "101",
    }),
  ),
  fixture("scenarios/many_venues", "Events of one moment from several venues", manyVenues()),
  fixture(
    "scenarios/timers_around_reports",
    "A strategy acts before and after the fill of one moment",
    accepted().event(
      {
        type: "timer.fired",
        data: { timer_id: "open", kind: "cheat_on_open", scheduled_for: "1700000003000000000" },
      },
      {},
      place("o2"),
    ).fill("o1", "f1", "1").event(
      {
        type: "timer.fired",
        data: { timer_id: "close", kind: "normal", scheduled_for: "1700000003000000000" },
      },
      {},
      cancel("o2"),
    ).event({
      type: "timer.fired",
      data: { timer_id: "close", kind: "normal", scheduled_for: "1700000003000000000" },
    }),
  ),
  fixture(
    "scenarios/halt_and_kill_switch",
    "New orders are denied, cancels and smaller orders are not",
    accepted("2").command("halt").timer(
      place("o2"),
      replace("o1", { quantity: "3" }),
      replace("o1", { quantity: "1" }),
    ).command("resume").timer(place("o3"))
      .command("set_risk_flag", { flag: "kill_switch", value: true }).timer(place("o4"))
      .command("set_risk_flag", { flag: "kill_switch", value: false })
      .timer(
        {
          body: {
            type: "set_risk_flag",
            data: { flag: "halt_new_orders", value: true, reason: null },
          },
          changes: {},
        },
        place("o5"),
        { body: { type: "no_op", data: { note: "idle" } }, changes: {} },
      )
      .command("cancel_all", { instrument: "ETH/USD" }).command("cancel_all")
      .command("shutdown").timer(cancel("o3")),
  ),
  fixture(
    "scenarios/commands_that_lack_something",
    "Commands without what they need",
    new Script().command("set_risk_flag", { flag: "kill_switch" })
      .command("set_risk_flag", { value: true }).command("account_adjustment", { currency: "USD" })
      .command("account_adjustment", { amount: "1" }).command("checkpoint").command("reconcile"),
  ),
  fixture(
    "scenarios/adjustment",
    "Money comes, goes, and comes in another currency",
    new Script().command("account_adjustment", { currency: "USD", amount: "500.25" })
      .command("account_adjustment", { currency: "USD", amount: "-10500.25" })
      .command("account_adjustment", { currency: "EUR", amount: "0.000000000000000000000001" }),
  ),
  fixture(
    "scenarios/reduce_only",
    "Only what makes a position smaller, and no more than all of it",
    accepted().timer(place("flat", { side: "sell", reduce_only: true })).fill("o1", "f1", "1")
      .timer(
        place("more", { reduce_only: true }),
        place("less", { side: "sell", quantity: "0.4", reduce_only: true }),
        place("over", { side: "sell", quantity: "5", reduce_only: true }),
      ).command("set_risk_flag", { flag: "reduce_only", value: true }).timer(
        place("flagged", { side: "sell", quantity: "2" }),
        place("refused"),
      ),
  ),
  fixture(
    "scenarios/risk_limits",
    "Every limit, just kept and just broken",
    new Script().timer(
      place("no-price", { order_type: "market", limit_price: null }, { intent_id: "i1" }),
    ).trade("100").timer(
      place("at-mark", { order_type: "market", limit_price: null }),
      place("too-much", { quantity: "2.1" }),
      place("too-dear", { limit_price: "201" }),
      place("too-far", { quantity: "1.5" }),
      place("just", { quantity: "1" }),
      place("one-more", { quantity: "0.1", side: "sell" }),
      place("too-many", { quantity: "0.1", side: "sell" }),
    ).report("just", "accepted").timer(
      replace("just", { quantity: "2.5" }),
      replace("just", { limit_price: "250" }),
      replace("just", { quantity: "2" }),
    ),
    limits({
      max_order_quantity: "2",
      max_order_notional: "200",
      max_position: "2",
      max_open_orders: 3,
    }),
  ),
  fixture(
    "scenarios/risk_of_replacing",
    "New values keep the limits: what is open of other orders counts, with what a replace asked for",
    accepted().timer(
      replace("o1", { quantity: "4" }),
      place("beside", { quantity: "1.5" }),
      place("other-side", { side: "sell", quantity: "5" }),
    ).report("o1", "replaced", { quantity: "4" }).timer(
      place("beside-2", { quantity: "1.5" }),
      replace("o1", { quantity: "5.1" }),
      replace("o1", { quantity: "3" }),
    ).report("o1", "replaced", { report_id: "2", quantity: "3" }).fill("o1", "f1", "1").timer(
      replace("o1", { quantity: "5.1" }),
      replace("o1", { quantity: "5" }),
    ),
    limits({ max_position: "5" }),
  ),
  fixture(
    "scenarios/replacing_under_reduce_only",
    "Under the flag an order grows only as far as it makes a position smaller",
    accepted().fill("o1", "f1", "1").timer(
      place("out", { side: "sell", quantity: "0.5", limit_price: "120" }),
      place("more", { limit_price: "90" }),
    ).report("out", "accepted").report("more", "accepted")
      .command("set_risk_flag", { flag: "reduce_only", value: true }).timer(
        replace("more", { quantity: "2" }),
        replace("more", { limit_price: "91" }),
        replace("out", { quantity: "1.1" }),
        replace("out", { quantity: "1" }),
      ),
  ),
  fixture(
    "scenarios/prices_that_a_type_lacks",
    "A replace brings no price that orders of the type do not have",
    new Script().timer(
      place("market", { order_type: "market", limit_price: null }),
      place("limit"),
      place("stop", { order_type: "stop", limit_price: null, stop_price: "120" }),
      place("both", { order_type: "stop_limit", limit_price: "121", stop_price: "120" }),
    ).report("market", "accepted").report("limit", "accepted").report("stop", "accepted")
      .report("both", "accepted").timer(
        replace("market", { limit_price: "100" }),
        replace("limit", { stop_price: "100" }),
        replace("stop", { limit_price: "100", quantity: "2" }),
        replace("both", { limit_price: "131", stop_price: "130" }),
        replace("stop", { stop_price: "130" }),
      ),
  ),
  fixture(
    "scenarios/notional_of_sales",
    "A price below 0 is a worth as well, and what is sold may bring the last price",
    new Script().timer(
      place("owed", { quantity: "1000000", limit_price: "-1" }),
      place("given", { side: "sell", quantity: "1000000", limit_price: "0.000001" }),
      place("bought", { quantity: "2", limit_price: "1" }),
    ).trade("100").timer(
      place("given-away", { side: "sell", quantity: "2.1", limit_price: "0.000001" }),
      place("sold", { side: "sell", quantity: "2", limit_price: "0.000001" }),
      place("bought-2", { quantity: "100", limit_price: "2" }),
    ).report("sold", "accepted").timer(replace("sold", { quantity: "2.1" })),
    limits({ max_order_notional: "200" }),
  ),
  fixture(
    "scenarios/marks",
    "The last price comes from trades, closed bars, and quotes with two sides",
    new Script().trade("100").event({
      type: "market.quote",
      data: { bid_price: "99.5", bid_size: "1", ask_price: null, ask_size: null },
    }).event({
      type: "market.quote",
      data: {
        bid_price: "0.000000000001",
        bid_size: "1",
        ask_price: "0.000000000002",
        ask_size: "1",
      },
    }).event({
      type: "market.bar",
      data: {
        timeframe: "1m",
        open_time: "1700000000000000000",
        open: "1",
        high: "3",
        low: "1",
        close: "2",
        volume: "0",
        closed: false,
      },
    }).event({
      type: "market.bar",
      data: {
        timeframe: "1m",
        open_time: "1700000000000000000",
        open: "1",
        high: "3",
        low: "1",
        close: "2",
        volume: "10",
        closed: true,
      },
    }, { instrument: "ETH/USD:perp" }),
  ),
  fixture(
    "scenarios/overflow",
    "Results that have too many digits are refused whole",
    new Script().timer(
      place("big", { quantity: "999999999999999999", limit_price: "1" }),
      place("fine", { quantity: "100000000000000000", limit_price: "1" }),
    ).report("big", "accepted").report("fine", "accepted")
      .fill("big", "f1", "100000000000000", { price: "1" })
      .fill("big", "f2", "99999999999999", { price: "1" })
      .fill("big", "f3", "1", { price: "1" })
      .fill("fine", "f4", "0.000000000001", { price: "1" })
      .fill("big", "f5", "1", { price: "0.5", ...fee("USD", "999999999999999999") })
      .trade("100000000000000").trade("99999999999999.9999")
      .command("account_adjustment", { currency: "USD", amount: "99999999999999" })
      .command("account_adjustment", { currency: "USD", amount: "99999999999999.5" }),
  ),
  fixture(
    "scenarios/status_reports",
    "What the venue says is compared, and changes nothing",
    accepted().fill("o1", "f1", "0.5")
      .report("o1", "status", { report_id: "1", cum_filled: "0.5", status: "partially_filled" })
      .report("o1", "status", { report_id: "2", cum_filled: "0.6", status: "filled" })
      .report("o1", "status", { report_id: "3", quantity: "1", limit_price: "100.5" }),
  ),
  fixture(
    "scenarios/traces",
    "Traces that come from outside are kept",
    new Script().event(
      { type: "timer.fired", data: { timer_id: "t", kind: "normal", scheduled_for: "1" } },
      { trace: { trace_id: "a".repeat(32), span_id: "b".repeat(16), parent_span_id: null } },
      place("o1"),
      place("o2", {}, {
        trace: {
          trace_id: "c".repeat(32),
          span_id: "d".repeat(16),
          parent_span_id: "e".repeat(16),
        },
      }),
    ).report("o1", "accepted").report("o2", "accepted", { venue_order_id: "v2" }),
  ),
  fixture(
    "scenarios/refusals",
    "Inputs that the core refuses itself leave no step",
    accepted().refused({
      type: "timer.fired",
      data: { timer_id: "t", kind: "normal", scheduled_for: "1" },
    }, { seq_id: 2 }).refused({
      type: "timer.fired",
      data: { timer_id: "t", kind: "normal", scheduled_for: "1" },
    }, { event_time: null }).refused(
      { type: "timer.fired", data: { timer_id: "t", kind: "normal", scheduled_for: "1" } },
      {},
      place("o2", {}, { index: 1 }),
    ).refused(
      { type: "timer.fired", data: { timer_id: "t", kind: "normal", scheduled_for: "1" } },
      {},
      place("o2"),
      place("o3", {}, { caused_by: 9 }),
    ).timer(place("o4")),
  ),
  fixture(
    "scenarios/wrong_source",
    "An event from a source that its type never has",
    accepted().fill("o1", "f1", "1", {}, { source: "market_data" }).trade("100", {
      source: "control",
    }),
  ),
];
