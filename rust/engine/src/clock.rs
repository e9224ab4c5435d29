//! The clock of a replay: the latest exchange time seen, nothing else.

use barter::{
    EngineEvent,
    engine::{
        Processor,
        clock::{EngineClock, TimeExchange},
    },
};
use barter_data::event::DataKind;
use chrono::{DateTime, Utc};

/// Event-time clock. Barter's `HistoricalClock` adds the wall time since the last event, which makes
/// order times and ratios differ from run to run; this one is a pure function of the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventClock {
    now: DateTime<Utc>,
}

impl EventClock {
    /// Starts at `now`.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { now }
    }

    /// Moves forward to `time`; older times are ignored.
    #[inline]
    pub fn observe(&mut self, time: DateTime<Utc>) {
        self.now = self.now.max(time);
    }
}

impl EngineClock for EventClock {
    fn time(&self) -> DateTime<Utc> {
        self.now
    }
}

impl Processor<&EngineEvent<DataKind>> for EventClock {
    type Audit = ();

    fn process(&mut self, event: &EngineEvent<DataKind>) {
        if let Some(time) = event.time_exchange() {
            self.observe(time);
        }
    }
}
