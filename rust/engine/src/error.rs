//! Errors of the engine crate.

use thiserror::Error;

/// Everything that can stop work in this crate; `code` values are stable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A configuration that cannot run.
    #[error("{field}: {message}")]
    Config {
        /// Stable code, `config_…`.
        code: &'static str,
        /// Path of the offending field in the configuration.
        field: String,
        /// What is wrong and what is needed.
        message: String,
    },

    /// Market data that cannot be read or replayed.
    #[error("{}{message}", place(*line, *index, field.as_deref()))]
    MarketData {
        /// Stable code, `market_data_…`.
        code: &'static str,
        /// Line the record starts in, from 1.
        line: Option<u64>,
        /// Number of the record, from 0.
        index: Option<u64>,
        /// Path of the offending field inside the record.
        field: Option<String>,
        /// What is wrong and what is needed.
        message: String,
    },

    /// A run that cannot go on.
    #[error("{message}")]
    Run {
        /// Stable code, `engine_…`.
        code: &'static str,
        /// What happened.
        message: String,
    },

    /// An exchange's stream that cannot be opened.
    #[error("{message}")]
    Live {
        /// Stable code, `live_…`.
        code: &'static str,
        /// Exchange id in snake case.
        exchange: &'static str,
        /// Host and port, once one was tried.
        host: Option<String>,
        /// What happened.
        message: String,
    },
    /// The run was cancelled through its [`Control`](crate::Control).
    #[error("cancelled after {events} events")]
    Cancelled {
        /// Market events replayed before the stop.
        events: u64,
    },
}

impl EngineError {
    /// Stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config { code, .. }
            | Self::MarketData { code, .. }
            | Self::Run { code, .. }
            | Self::Live { code, .. } => code,
            Self::Cancelled { .. } => "cancelled",
        }
    }

    pub(crate) fn config(
        code: &'static str,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::Config { code, field: field.into(), message: message.into() }
    }

    pub(crate) fn run(code: &'static str, message: impl Into<String>) -> Self {
        Self::Run { code, message: message.into() }
    }

    /// A market data error that concerns the whole set.
    pub(crate) fn data(code: &'static str, message: impl Into<String>) -> Self {
        Self::MarketData { code, line: None, index: None, field: None, message: message.into() }
    }
}

fn place(line: Option<u64>, index: Option<u64>, field: Option<&str>) -> String {
    let mut place = String::new();
    if let Some(line) = line {
        place.push_str(&format!("line {line}"));
    } else if let Some(index) = index {
        place.push_str(&format!("record {index}"));
    }
    if let Some(field) = field {
        if !place.is_empty() {
            place.push_str(", ");
        }
        place.push_str(&format!("field \"{field}\""));
    }
    if !place.is_empty() {
        place.push_str(": ");
    }
    place
}
