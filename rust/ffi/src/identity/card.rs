//! Introduction cards on the wire.

use serde::{Deserialize, Serialize};
use tendon_agent::{IntroductionCard, Service};
use ts_rs::TS;

use super::Verdict;
use crate::{Failure, Scope, agent::LiveAgent, library::Nothing};

/// A card to make.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct MakeCard {
    /// The agent's handle.
    agent: u64,
    /// A name for people.
    name: Option<String>,
    /// What the agent offers.
    services: Vec<ServiceRecord>,
}

/// Something an agent offers.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ServiceRecord {
    /// Its name, for programs.
    name: String,
    /// What it is, for people.
    description: String,
    /// How far a caller must be trusted, in the agent's own words.
    min_trust: String,
}

/// A card's text.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CardText {
    /// JSON as other programs on the network read it.
    json: String,
}

/// What a card says; whether it is true is another question.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct CardInfo {
    /// 64 hexadecimal digits.
    agent_id: String,
    /// 64 hexadecimal digits.
    machine_id: String,
    /// 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The ids as words.
    words: String,
    /// What the agent offers.
    services: Vec<ServiceRecord>,
}

pub(crate) fn make(scope: &Scope, request: MakeCard) -> Result<CardText, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let services = request.services.into_iter().map(Service::from).collect();
    Ok(CardText { json: agent.0.card(request.name, services)?.to_json()? })
}

pub(crate) fn read(scope: &Scope, _: Nothing) -> Result<CardInfo, Failure> {
    let card = IntroductionCard::from_json(scope.attachment())?;
    Ok(CardInfo {
        agent_id: card.agent_id().to_string(),
        machine_id: card.machine_id().to_string(),
        user_id: card.user_id().map(|id| id.to_string()),
        name: card.name().map(str::to_owned),
        words: card.words().to_owned(),
        services: card.services().into_iter().map(ServiceRecord::from).collect(),
    })
}

pub(crate) fn verify(scope: &Scope, _: Nothing) -> Result<Verdict, Failure> {
    Ok(Verdict { valid: IntroductionCard::from_json(scope.attachment())?.verify() })
}

impl From<ServiceRecord> for Service {
    fn from(record: ServiceRecord) -> Self {
        let ServiceRecord { name, description, min_trust } = record;
        Self { name, description, min_trust }
    }
}

impl From<Service> for ServiceRecord {
    fn from(service: Service) -> Self {
        let Service { name, description, min_trust } = service;
        Self { name, description, min_trust }
    }
}
