//! The clock of a system: wall time, or the market's time carried on by wall time.

use barter::engine::{
    Processor,
    clock::{EngineClock, HistoricalClock, LiveClock},
};
use chrono::{DateTime, Utc};

use crate::audit::Event;

/// One of barter's two clocks, so that the engine is compiled once.
#[derive(Debug, Clone)]
pub(crate) enum SystemClock {
    Live(LiveClock),
    Historical(HistoricalClock),
}

impl EngineClock for SystemClock {
    fn time(&self) -> DateTime<Utc> {
        match self {
            Self::Live(clock) => clock.time(),
            Self::Historical(clock) => clock.time(),
        }
    }
}

impl Processor<&Event> for SystemClock {
    type Audit = ();

    fn process(&mut self, event: &Event) {
        match self {
            Self::Live(clock) => clock.process(event),
            Self::Historical(clock) => clock.process(event),
        }
    }
}
