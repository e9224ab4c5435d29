//! A recorded conversation with a venue, played back.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{VenueAdapter, VenueError, check_capability};
use crate::{
    generated::{
        Capabilities, CurrencyAmount, EngineEvent, EngineIntent, ReasonCode, VenueOrder,
        VenuePosition,
    },
    json,
};

/// First line: who is spoken to.
#[derive(Debug, Deserialize)]
struct Head {
    venue: String,
    capabilities: Capabilities,
}

/// A line after it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Report { report: Box<EngineEvent> },
    Call { call: String, argument: Value, answer: Value, failure: Option<Failure> },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "code")]
enum Failure {
    #[serde(rename = "venue_transient", rename_all = "camelCase")]
    Transient { retry_after_ms: u64 },
    #[serde(rename = "venue_rejected", rename_all = "camelCase")]
    Rejected { reason_code: ReasonCode },
    #[serde(rename = "venue_unknown_outcome")]
    UnknownOutcome,
    #[serde(rename = "venue_fatal")]
    Fatal,
}

impl From<&Failure> for VenueError {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Transient { retry_after_ms } => {
                Self::Transient { retry_after: Duration::from_millis(*retry_after_ms) }
            }
            Failure::Rejected { reason_code } => Self::Rejected { reason_code: *reason_code },
            Failure::UnknownOutcome => Self::UnknownOutcome,
            Failure::Fatal => Self::Fatal { reason: "recorded".to_owned() },
        }
    }
}

/// Plays a recording: the same calls in the same order get the same answers and reports.
#[derive(Debug)]
pub struct RecordedVenue {
    head: Head,
    lines: VecDeque<Line>,
    reports: Vec<EngineEvent>,
    closed: bool,
}

impl RecordedVenue {
    /// Reads a recording, JSON lines as TypeScript's `RecordingVenue` writes them.
    ///
    /// # Errors
    ///
    /// [`VenueError::Fatal`] when a line is something else.
    pub fn new(recording: &[u8]) -> Result<Self, VenueError> {
        let mut lines = recording.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let head = read(lines.next().unwrap_or_default())?;
        let lines = lines.map(read).collect::<Result<_, _>>()?;
        Ok(Self { head, lines, reports: Vec::new(), closed: false })
    }

    /// Whether everything recorded was played.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.lines.is_empty()
    }

    fn play<T: DeserializeOwned>(
        &mut self,
        name: &str,
        given: &impl Serialize,
    ) -> Result<T, VenueError> {
        if self.closed {
            return Err(VenueError::Closed);
        }
        let given = serde_json::to_value(given).map_err(fatal)?;
        let Some(Line::Call { answer, failure, .. }) = self.lines.pop_front_if(|line| {
            matches!(line, Line::Call { call, argument, .. }
                if call == name && *argument == given)
        }) else {
            let next = self.lines.front();
            return Err(fatal(format!("{next:?} comes next: asked for {name} of {given}")));
        };
        while let Some(Line::Report { report }) =
            self.lines.pop_front_if(|line| matches!(line, Line::Report { .. }))
        {
            self.reports.push(*report);
        }
        match &failure {
            None => serde_json::from_value(answer).map_err(fatal),
            Some(failure) => Err(failure.into()),
        }
    }
}

fn read<T: DeserializeOwned>(line: &[u8]) -> Result<T, VenueError> {
    let value = json::parse(line).map_err(fatal)?;
    serde_json::from_value(value).map_err(fatal)
}

fn fatal(reason: impl ToString) -> VenueError {
    VenueError::Fatal { reason: reason.to_string() }
}

impl VenueAdapter for RecordedVenue {
    fn venue(&self) -> &str {
        &self.head.venue
    }

    fn capabilities(&self) -> &Capabilities {
        &self.head.capabilities
    }

    fn simulated(&self) -> bool {
        true
    }

    fn connect(&mut self) -> Result<(), VenueError> {
        self.play("connect", &())
    }

    fn submit(&mut self, intent: &EngineIntent) -> Result<(), VenueError> {
        check_capability(&self.head.capabilities, intent)?;
        self.play("submit", intent)
    }

    fn cancel(&mut self, intent: &EngineIntent) -> Result<(), VenueError> {
        self.play("cancel", intent)
    }

    fn replace(&mut self, intent: &EngineIntent) -> Result<(), VenueError> {
        check_capability(&self.head.capabilities, intent)?;
        self.play("replace", intent)
    }

    fn order(&mut self, order_id: &str) -> Result<Option<VenueOrder>, VenueError> {
        self.play("order", &order_id)
    }

    fn open_orders(&mut self) -> Result<Vec<VenueOrder>, VenueError> {
        self.play("openOrders", &())
    }

    fn balances(&mut self) -> Result<Vec<CurrencyAmount>, VenueError> {
        self.play("balances", &())
    }

    fn positions(&mut self) -> Result<Vec<VenuePosition>, VenueError> {
        self.play("positions", &())
    }

    fn reports(&mut self) -> Vec<EngineEvent> {
        std::mem::take(&mut self.reports)
    }

    fn close(&mut self) {
        self.closed = true;
    }
}
