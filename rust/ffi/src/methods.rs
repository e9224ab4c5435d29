//! The method table: every control-plane method by id, declared once.
//!
//! Ids are appended and never reused: 1–99 library, 100–149 agent, 150–199 tasks, 200–299 engine,
//! 300–319 identity, 320–339 key-value stores, 340–359 groups, 360–379 batches and direct messages,
//! 400–439 contracts, 900–999 diagnostics (only with the cargo feature; without it they answer `unsupported_method`).

use std::{future::Future, pin::Pin};

use serde::de::DeserializeOwned;
use serde_json::json;
use ts_rs::{Config, TS, TypeVisitor};

use crate::{Failure, Scope, Status, answer::Payload};

pub(crate) type Work = Pin<Box<dyn Future<Output = Result<Payload, Failure>> + Send>>;

/// What the generator needs to know of a method.
#[derive(Debug)]
pub struct MethodDescription {
    /// Number on the wire.
    pub id: u32,
    /// `area.verb`.
    pub name: &'static str,
    /// `sync` or `async`.
    pub timing: &'static str,
    /// `json` or `packed`.
    pub encoding: &'static str,
    /// TypeScript name of the request.
    pub request: String,
    /// TypeScript name of the answer (of its head, if packed).
    pub answer: String,
    /// Declarations of both and of what they use: name and text.
    pub declarations: Vec<(String, String)>,
}

macro_rules! methods {
    ($($(#[$attribute:meta])* $id:literal $name:literal $timing:ident $encoding:ident
        $($handler:ident)::+ ($request:ty) -> $answer:ty;)*) => {
        /// Runs a synchronous method.
        ///
        /// # Errors
        ///
        /// `unknown_method`, `invalid_request` and what the method answers.
        pub(crate) fn dispatch_sync(scope: &Scope, id: u32, request: &[u8]) -> Result<Payload, Failure> {
            match id {
                $($(#[$attribute])* $id => methods!(@sync $timing $encoding $($handler)::+, $name, scope, request),)*
                _ => Err(unknown(id)),
            }
        }

        /// Decodes an asynchronous method's request and answers with its work.
        ///
        /// # Errors
        ///
        /// `unknown_method`, `invalid_request`.
        pub(crate) fn dispatch_async(scope: &Scope, id: u32, request: &[u8]) -> Result<Work, Failure> {
            match id {
                $($(#[$attribute])* $id => methods!(@async $timing $encoding $($handler)::+, $name, scope, request),)*
                _ => Err(unknown(id)),
            }
        }

        /// The table for the TypeScript generator.
        #[must_use]
        pub fn describe_methods() -> Vec<MethodDescription> {
            vec![$($(#[$attribute])* MethodDescription {
                id: $id,
                name: $name,
                timing: stringify!($timing),
                encoding: stringify!($encoding),
                request: <$request as TS>::name(&config()),
                answer: <$answer as TS>::name(&config()),
                declarations: declarations::<$request, $answer>(),
            },)*]
        }
    };
    (@sync sync $encoding:ident $($handler:ident)::+, $name:literal, $scope:ident, $request:ident) => {{
        let answer = $($handler)::+($scope, decode($name, $request)?)?;
        Payload::$encoding(&answer)
    }};
    (@sync async $encoding:ident $($handler:ident)::+, $name:literal, $scope:ident, $request:ident) => {
        Err(wrong_timing($name, "asynchronous"))
    };
    (@async async $encoding:ident $($handler:ident)::+, $name:literal, $scope:ident, $request:ident) => {{
        let work = $($handler)::+($scope.clone(), decode($name, $request)?);
        Ok(Box::pin(async move { Payload::$encoding(&work.await?) }))
    }};
    (@async sync $encoding:ident $($handler:ident)::+, $name:literal, $scope:ident, $request:ident) => {
        Err(wrong_timing($name, "synchronous"))
    };
}

methods! {
    1 "library.info" sync json crate::library::info(crate::library::Nothing) -> crate::library::LibraryInfo;
    2 "library.stats" sync json crate::library::stats(crate::library::Nothing) -> crate::library::ContextStats;

    100 "agent.open" async json crate::agent::open(crate::agent::OpenAgent) -> crate::agent::OpenedAgent;
    101 "agent.info" sync json crate::agent::info(crate::agent::AgentRef) -> crate::agent::AgentInfo;
    102 "agent.join" async json crate::agent::join(crate::agent::JoinNetwork) -> crate::agent::Peers;
    103 "agent.connect" async json crate::agent::connect(crate::agent::ConnectPeer) -> crate::agent::ConnectedPeer;
    104 "agent.peers" async json crate::agent::peers(crate::agent::AgentRef) -> crate::agent::Peers;
    105 "agent.publish" async json crate::agent::pubsub::publish(crate::agent::pubsub::Publish) -> crate::agent::pubsub::Published;
    106 "agent.subscribe" async json crate::agent::pubsub::subscribe(crate::agent::pubsub::Subscribe) -> crate::library::Nothing;
    107 "agent.close" async json crate::agent::close(crate::agent::AgentRef) -> crate::library::Nothing;
    108 "agent.status" sync json crate::agent::network::status(crate::agent::AgentRef) -> crate::agent::network::AgentStatus;
    109 "agent.disconnect" async json crate::agent::network::disconnect(crate::agent::network::DisconnectPeer) -> crate::agent::network::Disconnected;
    110 "agent.addresses" async json crate::agent::network::addresses(crate::agent::AgentRef) -> crate::agent::network::Addresses;
    111 "agent.stats" async json crate::agent::network::stats(crate::agent::AgentRef) -> crate::agent::network::AgentStats;
    112 "agent.watchPeers" async json crate::agent::events::watch_peers(crate::agent::events::WatchAgent) -> crate::library::Nothing;
    113 "agent.watchMessages" async json crate::agent::events::watch_messages(crate::agent::events::WatchAgent) -> crate::library::Nothing;
    114 "agent.watchLists" async json crate::agent::events::watch_lists(crate::agent::events::WatchAgent) -> crate::library::Nothing;
    115 "agent.setContact" async json crate::agent::contacts::set(crate::agent::contacts::SetContact) -> crate::agent::contacts::Contact;
    116 "agent.removeContact" async json crate::agent::contacts::remove(crate::agent::contacts::ContactRef) -> crate::agent::contacts::RemovedContact;
    117 "agent.contact" async json crate::agent::contacts::get(crate::agent::contacts::ContactRef) -> crate::agent::contacts::FoundContact;
    118 "agent.contacts" async json crate::agent::contacts::list(crate::agent::AgentRef) -> crate::agent::contacts::Contacts;
    119 "agent.discovered" async json crate::agent::discovery::list(crate::agent::AgentRef) -> crate::agent::discovery::DiscoveredAgents;
    120 "agent.find" async json crate::agent::discovery::find(crate::agent::discovery::FindAgent) -> crate::agent::discovery::FoundAgent;
    121 "agent.announce" async json crate::agent::discovery::announce(crate::agent::discovery::AnnounceAgent) -> crate::library::Nothing;

    150 "tasks.open" async json crate::tasks::open(crate::tasks::OpenTaskList) -> crate::tasks::OpenedTaskList;
    151 "tasks.add" async json crate::tasks::add(crate::tasks::AddTasks) -> crate::tasks::AddedTasks;
    152 "tasks.claim" async json crate::tasks::claim(crate::tasks::ChangeTask) -> crate::tasks::record::TaskOwner;
    153 "tasks.complete" async json crate::tasks::complete(crate::tasks::ChangeTask) -> crate::tasks::record::TaskOwner;
    154 "tasks.list" sync json crate::tasks::list(crate::tasks::ReadTasks) -> crate::tasks::record::TaskChangesRecord;
    155 "tasks.watch" async json crate::tasks::watch(crate::tasks::WatchTasks) -> crate::library::Nothing;
    156 "tasks.resync" async json crate::tasks::resync(crate::tasks::TaskListRef) -> crate::library::Nothing;
    157 "tasks.edit" async json crate::tasks::edit(crate::tasks::EditTask) -> crate::library::Nothing;
    158 "tasks.remove" async json crate::tasks::remove(crate::tasks::TaskRef) -> crate::library::Nothing;
    159 "tasks.reorder" async json crate::tasks::reorder(crate::tasks::ReorderTasks) -> crate::library::Nothing;
    160 "tasks.history" sync json crate::tasks::history(crate::tasks::TaskRef) -> crate::tasks::record::TaskHistoryRecord;
    161 "tasks.merge" async json crate::tasks::merge(crate::tasks::MergeLists) -> crate::library::Nothing;

    170 "offlineTasks.create" sync json crate::tasks::offline::create(crate::tasks::offline::NewOfflineList) -> crate::tasks::offline::OpenedOfflineList;
    171 "offlineTasks.load" sync json crate::tasks::offline::load(crate::tasks::offline::LoadOfflineList) -> crate::tasks::offline::OpenedOfflineList;
    172 "offlineTasks.save" sync packed crate::tasks::offline::save(crate::tasks::TaskListRef) -> crate::library::Nothing;
    173 "offlineTasks.add" sync json crate::tasks::offline::add(crate::tasks::AddTasks) -> crate::tasks::AddedTasks;
    174 "offlineTasks.claim" sync json crate::tasks::offline::claim(crate::tasks::TaskRef) -> crate::tasks::record::TaskOwner;
    175 "offlineTasks.complete" sync json crate::tasks::offline::complete(crate::tasks::TaskRef) -> crate::tasks::record::TaskOwner;
    176 "offlineTasks.edit" sync json crate::tasks::offline::edit(crate::tasks::EditTask) -> crate::library::Nothing;
    177 "offlineTasks.remove" sync json crate::tasks::offline::remove(crate::tasks::TaskRef) -> crate::library::Nothing;
    178 "offlineTasks.reorder" sync json crate::tasks::offline::reorder(crate::tasks::ReorderTasks) -> crate::library::Nothing;
    179 "offlineTasks.list" sync json crate::tasks::offline::list(crate::tasks::ReadTasks) -> crate::tasks::record::TaskChangesRecord;
    180 "offlineTasks.history" sync json crate::tasks::offline::history(crate::tasks::TaskRef) -> crate::tasks::record::TaskHistoryRecord;
    181 "offlineTasks.merge" sync json crate::tasks::offline::merge(crate::tasks::MergeLists) -> crate::library::Nothing;
    182 "offlineTasks.mergeShared" sync json crate::tasks::offline::merge_shared(crate::tasks::MergeLists) -> crate::library::Nothing;

    200 "engine.instruments" sync json crate::engine::instruments(crate::engine::DescribeInstruments) -> crate::engine::InstrumentTable;
    201 "engine.loadData" async json crate::engine::load_data(crate::engine::LoadData) -> crate::engine::LoadedData;
    202 "engine.backtest" async packed crate::engine::backtest(crate::engine::RunBacktest) -> crate::engine::BacktestHead;
    203 "engine.openProgress" sync json crate::engine::open_progress(crate::engine::OpenProgress) -> crate::engine::OpenedProgress;
    204 "engine.progress" sync json crate::engine::progress(crate::engine::ProgressRequest) -> crate::engine::RunProgress;
    210 "engine.openRun" sync json crate::engine::open_run(crate::engine::OpenRun) -> crate::engine::OpenedRun;
    211 "engine.runError" sync json crate::engine::run_error(crate::engine::RunRef) -> crate::library::Nothing;
    212 "engine.runAnswers" sync json crate::engine::run_answers(crate::engine::RunRef) -> crate::engine::RunAnswers;
    213 "engine.runAudits" sync json crate::engine::run_audits(crate::engine::RunAudits) -> crate::engine::AuditBatch;
    214 "engine.runState" sync json crate::engine::run_state(crate::engine::RunRef) -> crate::engine::EngineState;
    215 "engine.runInstrument" sync json crate::engine::run_instrument(crate::engine::RunInstrument) -> crate::engine::RunInstrumentState;
    216 "engine.runBalances" sync json crate::engine::run_balances(crate::engine::RunRef) -> crate::engine::RunBalances;
    217 "engine.runResult" sync packed crate::engine::run_result(crate::engine::RunRef) -> crate::engine::BacktestHead;
    220 "engine.open" sync json crate::engine::open_engine(crate::engine::OpenEngine) -> crate::engine::OpenedEngine;
    221 "engine.process" sync json crate::engine::process(crate::engine::ProcessEvents) -> crate::engine::AuditBatch;
    222 "engine.requests" sync json crate::engine::requests(crate::engine::EngineRef) -> crate::engine::EngineRequests;
    223 "engine.state" sync json crate::engine::engine_state(crate::engine::EngineRef) -> crate::engine::EngineState;
    224 "engine.snapshot" sync json crate::engine::snapshot(crate::engine::EngineRef) -> crate::engine::SnapshotRef;
    225 "engine.summary" sync json crate::engine::summary(crate::engine::EngineSummary) -> crate::engine::TradingSummary;
    230 "engine.openReplica" sync json crate::engine::open_replica(crate::engine::OpenReplica) -> crate::engine::OpenedReplica;
    231 "engine.updateReplica" sync json crate::engine::update_replica(crate::engine::ReplicaRef) -> crate::engine::UpdatedReplica;
    232 "engine.replicaState" sync json crate::engine::replica_state(crate::engine::ReplicaRef) -> crate::engine::ReplicaState;
    240 "engine.sweep" async json crate::engine::sweep::open(crate::engine::sweep::RunSweep) -> crate::library::Nothing;
    241 "engine.dataColumns" sync packed crate::engine::columns::read(crate::engine::columns::ReadColumns) -> crate::engine::columns::ColumnsHead;
    242 "engine.openSummary" sync json crate::engine::statistics::open(crate::engine::statistics::OpenSummary) -> crate::engine::statistics::OpenedSummary;
    243 "engine.updateSummary" sync json crate::engine::statistics::update(crate::engine::statistics::UpdateSummary) -> crate::library::Nothing;
    244 "engine.readSummary" sync json crate::engine::statistics::summary(crate::engine::statistics::ReadSummary) -> crate::engine::TradingSummary;
    245 "engine.unrealised" sync json crate::engine::statistics::unrealised(crate::engine::statistics::PositionAt) -> crate::engine::statistics::Unrealised;
    246 "engine.closingOrder" sync json crate::engine::statistics::closing_order(crate::engine::statistics::ClosingOrder) -> crate::engine::statistics::ClosingRequest;
    247 "engine.runProposals" sync json crate::engine::run_proposals(crate::engine::RunRef) -> crate::engine::RunProposals;
    285 "engine.liveSupport" sync json crate::engine::live::support(crate::library::Nothing) -> crate::engine::live::LiveSupportTable;
    286 "engine.openLive" async json crate::engine::live::open(crate::engine::live::OpenLive) -> crate::engine::live::OpenedLive;
    287 "engine.liveCounters" sync json crate::engine::live::counters(crate::engine::live::LiveRef) -> crate::engine::live::LiveCounters;

    270 "engine.startSystem" async json crate::engine::system::start(crate::engine::system::StartSystem) -> crate::engine::system::StartedSystem;
    271 "engine.systemCommand" async json crate::engine::system::command(crate::engine::system::SystemRef) -> crate::engine::AuditBatch;
    272 "engine.systemSend" async json crate::engine::system::send(crate::engine::system::SendEvents) -> crate::library::Nothing;
    273 "engine.systemInterrupt" async json crate::engine::system::interrupt(crate::engine::system::InterruptSystem) -> crate::library::Nothing;
    274 "engine.systemState" sync json crate::engine::system::state(crate::engine::system::SystemRef) -> crate::engine::EngineState;
    275 "engine.systemSummary" sync json crate::engine::system::summary(crate::engine::system::SystemSummary) -> crate::engine::TradingSummary;
    276 "engine.systemStats" sync json crate::engine::system::stats(crate::engine::system::SystemRef) -> crate::engine::system::SystemStats;
    277 "engine.systemFeedEnded" async json crate::engine::system::feed_ended(crate::engine::system::SystemRef) -> crate::library::Nothing;
    278 "engine.systemEnded" async json crate::engine::system::ended(crate::engine::system::SystemRef) -> crate::engine::system::SystemEnd;
    279 "engine.shutdownSystem" async json crate::engine::system::shutdown(crate::engine::system::SystemRef) -> crate::engine::system::SystemEnd;
    280 "engine.abortSystem" async json crate::engine::system::abort(crate::engine::system::SystemRef) -> crate::engine::system::SystemEnd;
    281 "engine.systemReady" async json crate::engine::system::ready(crate::engine::RunRef) -> crate::library::Nothing;
    282 "engine.systemAudits" sync json crate::engine::system_audits::take(crate::engine::system_audits::TakeAudits) -> crate::engine::system_audits::TakenAudits;
    283 "engine.systemAuditsReady" async json crate::engine::system_audits::ready(crate::engine::system_audits::AuditsRef) -> crate::library::Nothing;

    300 "identity.generate" sync packed crate::identity::generate(crate::library::Nothing) -> crate::identity::OpenedKeypair;
    301 "identity.fromSeed" sync packed crate::identity::from_seed(crate::library::Nothing) -> crate::identity::OpenedKeypair;
    302 "identity.fromBytes" sync packed crate::identity::from_bytes(crate::library::Nothing) -> crate::identity::OpenedKeypair;
    303 "identity.duplicate" sync packed crate::identity::duplicate(crate::identity::KeypairRef) -> crate::identity::OpenedKeypair;
    304 "identity.toBytes" sync packed crate::identity::to_bytes(crate::identity::KeypairRef) -> crate::library::Nothing;
    305 "identity.sign" sync packed crate::identity::sign(crate::identity::Sign) -> crate::library::Nothing;
    306 "identity.verify" sync json crate::identity::verify(crate::identity::Verify) -> crate::identity::Verdict;
    307 "identity.idOf" sync json crate::identity::id_of(crate::library::Nothing) -> crate::identity::KeyId;
    308 "identity.ofAgent" sync packed crate::identity::of_agent(crate::agent::AgentRef) -> crate::identity::AgentIdentity;
    309 "identity.signAsAgent" sync packed crate::identity::sign_as_agent(crate::identity::SignAsAgent) -> crate::library::Nothing;
    310 "identity.issueCertificate" sync packed crate::identity::certificate::issue(crate::identity::certificate::IssueCertificate) -> crate::identity::certificate::CertificateInfo;
    311 "identity.readCertificate" sync json crate::identity::certificate::read(crate::library::Nothing) -> crate::identity::certificate::CertificateInfo;
    312 "identity.checkCertificate" sync json crate::identity::certificate::check(crate::identity::certificate::CheckCertificate) -> crate::identity::certificate::CertificateState;
    313 "identity.makeCard" sync json crate::identity::card::make(crate::identity::card::MakeCard) -> crate::identity::card::CardText;
    314 "identity.readCard" sync json crate::identity::card::read(crate::library::Nothing) -> crate::identity::card::CardInfo;
    315 "identity.verifyCard" sync json crate::identity::card::verify(crate::library::Nothing) -> crate::identity::Verdict;
    360 "agent.publishBatch" async json crate::agent::pubsub::publish_batch(crate::agent::pubsub::PublishBatch) -> crate::agent::pubsub::PublishedBatch;
    361 "agent.sendDirect" async json crate::agent::direct::send(crate::agent::direct::SendDirect) -> crate::agent::direct::DirectReceipt;
    362 "agent.subscribeDirect" async json crate::agent::direct::subscribe(crate::agent::direct::SubscribeDirect) -> crate::library::Nothing;

    320 "kv.open" async json crate::kv::open(crate::kv::OpenKvStore) -> crate::kv::KvStoreRef;
    321 "kv.put" async json crate::kv::put(crate::kv::PutKey) -> crate::library::Nothing;
    322 "kv.get" async packed crate::kv::get(crate::kv::KvKeyRef) -> crate::kv::KvEntries;
    323 "kv.delete" async json crate::kv::delete(crate::kv::KvKeyRef) -> crate::kv::DeletedKey;
    324 "kv.keys" async json crate::kv::keys(crate::kv::KvStoreRef) -> crate::kv::KvKeys;
    325 "kv.entries" async packed crate::kv::entries(crate::kv::KvStoreRef) -> crate::kv::KvEntries;
    326 "kv.watch" async json crate::kv::watch(crate::kv::WatchKvStore) -> crate::library::Nothing;

    340 "groups.create" sync packed crate::groups::create(crate::groups::GroupKeypair) -> crate::groups::OpenedGroup;
    341 "groups.restore" sync packed crate::groups::restore(crate::groups::GroupKeypair) -> crate::groups::OpenedGroup;
    342 "groups.prepare" sync packed crate::groups::prepare(crate::groups::GroupKeypair) -> crate::groups::Prepared;
    343 "groups.join" sync packed crate::groups::join(crate::groups::JoinGroup) -> crate::groups::OpenedGroup;
    344 "groups.info" sync json crate::groups::info(crate::groups::GroupRef) -> crate::groups::GroupInfo;
    345 "groups.add" sync packed crate::groups::add(crate::groups::GroupRef) -> crate::groups::AddedMember;
    346 "groups.remove" sync packed crate::groups::remove(crate::groups::RemoveMember) -> crate::library::Nothing;
    347 "groups.update" sync packed crate::groups::update(crate::groups::GroupRef) -> crate::library::Nothing;
    348 "groups.processCommit" sync json crate::groups::process_commit(crate::groups::GroupRef) -> crate::library::Nothing;
    349 "groups.encrypt" sync packed crate::groups::encrypt(crate::groups::GroupRef) -> crate::library::Nothing;
    350 "groups.decrypt" sync packed crate::groups::decrypt(crate::groups::GroupRef) -> crate::library::Nothing;
    351 "groups.snapshot" sync packed crate::groups::snapshot(crate::groups::GroupRef) -> crate::library::Nothing;

    400 "contracts.validate" sync json crate::contracts::validate::validate(crate::contracts::validate::ValidateContracts) -> crate::contracts::validate::ContractVerdicts;
    410 "contracts.openCore" sync json crate::contracts::core::open(crate::contracts::core::OpenCore) -> crate::contracts::core::OpenedCore;
    411 "contracts.restoreCore" sync json crate::contracts::core::restore(crate::contracts::core::RestoreCore) -> crate::contracts::core::OpenedCore;
    412 "contracts.beginStep" sync packed crate::contracts::core::begin(crate::contracts::core::CoreRef) -> crate::library::Nothing;
    413 "contracts.finishStep" sync packed crate::contracts::core::finish(crate::contracts::core::CoreRef) -> crate::library::Nothing;
    414 "contracts.rollBackStep" sync json crate::contracts::core::roll_back(crate::contracts::core::CoreRef) -> crate::library::Nothing;
    415 "contracts.stepLines" sync packed crate::contracts::core::step_lines(crate::contracts::core::CoreRef) -> crate::library::Nothing;
    416 "contracts.advance" sync packed crate::contracts::core::advance(crate::contracts::core::CoreRef) -> crate::library::Nothing;
    417 "contracts.coreSnapshot" sync packed crate::contracts::core::snapshot(crate::contracts::core::CoreRef) -> crate::library::Nothing;
    418 "contracts.coreMemory" sync packed crate::contracts::core::memory(crate::contracts::core::CoreRef) -> crate::library::Nothing;
    419 "contracts.bundleDigest" sync json crate::contracts::validate::bundle_digest(crate::library::Nothing) -> crate::contracts::validate::BundleDigest;
    425 "contracts.reconcile" sync packed crate::contracts::reconcile::compare(crate::library::Nothing) -> crate::library::Nothing;

    #[cfg(feature = "diagnostics")]
    900 "diagnostics.echo" sync json crate::diagnostics::echo(crate::diagnostics::Echo) -> crate::diagnostics::Echo;
    #[cfg(feature = "diagnostics")]
    901 "diagnostics.echoLater" async json crate::diagnostics::echo_later(crate::diagnostics::EchoLater) -> crate::diagnostics::Echo;
    #[cfg(feature = "diagnostics")]
    902 "diagnostics.panic" sync json crate::diagnostics::panic_now(crate::diagnostics::Panic) -> crate::library::Nothing;
    #[cfg(feature = "diagnostics")]
    903 "diagnostics.panicLater" async json crate::diagnostics::panic_later(crate::diagnostics::Panic) -> crate::library::Nothing;
    #[cfg(feature = "diagnostics")]
    904 "diagnostics.open" sync json crate::diagnostics::open(crate::library::Nothing) -> crate::diagnostics::Opened;
    #[cfg(feature = "diagnostics")]
    905 "diagnostics.emit" async json crate::diagnostics::emit(crate::diagnostics::Emit) -> crate::library::Nothing;
    #[cfg(feature = "diagnostics")]
    906 "diagnostics.columns" async packed crate::diagnostics::columns(crate::diagnostics::Columns) -> crate::diagnostics::Head;
    #[cfg(feature = "diagnostics")]
    907 "diagnostics.nativeCalls" sync json crate::diagnostics::native_calls(crate::diagnostics::Iterations) -> crate::diagnostics::Elapsed;
    #[cfg(feature = "diagnostics")]
    908 "diagnostics.nativeAnswers" sync json crate::diagnostics::native_answers(crate::diagnostics::Iterations) -> crate::diagnostics::Elapsed;
    #[cfg(feature = "diagnostics")]
    910 "diagnostics.nativeOperations" async json crate::diagnostics::native_operations(crate::diagnostics::Iterations) -> crate::diagnostics::Elapsed;
    #[cfg(feature = "diagnostics")]
    909 "diagnostics.nativeEvents" async json crate::diagnostics::native_events(crate::diagnostics::Emit) -> crate::diagnostics::Elapsed;
    #[cfg(feature = "diagnostics")]
    920 "diagnostics.openAgents" async json crate::diagnostics_agent::open(crate::diagnostics_agent::OpenPair) -> crate::diagnostics::Opened;
    #[cfg(feature = "diagnostics")]
    921 "diagnostics.nativeMessages" async json crate::diagnostics_agent::messages(crate::diagnostics_agent::MessageRun) -> crate::diagnostics_agent::AgentRun;
    #[cfg(feature = "diagnostics")]
    922 "diagnostics.nativeTasks" async json crate::diagnostics_agent::tasks(crate::diagnostics_agent::TaskRun) -> crate::diagnostics_agent::AgentRun;
    #[cfg(feature = "diagnostics")]
    923 "diagnostics.closeAgents" async json crate::diagnostics_agent::close(crate::diagnostics_agent::PairRef) -> crate::library::Nothing;
    #[cfg(feature = "diagnostics")]
    924 "diagnostics.nativeBatches" async json crate::diagnostics_agent::batches(crate::diagnostics_agent::BatchRun) -> crate::diagnostics_agent::AgentRun;
    #[cfg(feature = "diagnostics")]
    925 "diagnostics.publishRaw" async json crate::diagnostics_agent::publish_raw(crate::agent::pubsub::Publish) -> crate::agent::pubsub::Published;
    #[cfg(feature = "diagnostics")]
    930 "diagnostics.openTaskLists" sync json crate::diagnostics_tasks::open(crate::library::Nothing) -> crate::diagnostics::Opened;
    #[cfg(feature = "diagnostics")]
    931 "diagnostics.nativeTaskList" sync json crate::diagnostics_tasks::run(crate::diagnostics_tasks::ListWork) -> crate::diagnostics_tasks::ListRun;
    #[cfg(feature = "diagnostics")]
    940 "diagnostics.nativeReplay" async json crate::diagnostics_engine::replay(crate::diagnostics_engine::NativeReplay) -> crate::diagnostics_engine::NativeReplayResult;
    #[cfg(feature = "diagnostics")]
    950 "diagnostics.networkPlan" sync json crate::agent::network::plan(crate::agent::NetworkSettings) -> crate::agent::network::NetworkPlan;
    #[cfg(feature = "diagnostics")]
    985 "diagnostics.startTrades" async json crate::diagnostics_live::start(crate::diagnostics_live::StartTrades) -> crate::diagnostics_live::StartedTrades;
    #[cfg(feature = "diagnostics")]
    986 "diagnostics.nativeLive" async json crate::diagnostics_live::read(crate::diagnostics_live::NativeLive) -> crate::diagnostics::Elapsed;
    #[cfg(feature = "diagnostics")]
    990 "diagnostics.nativeSteps" sync json crate::diagnostics_contracts::steps(crate::diagnostics_contracts::NativeSteps) -> crate::diagnostics_contracts::NativeStepsResult;
    #[cfg(feature = "diagnostics")]
    991 "diagnostics.jsonSchema" sync json crate::diagnostics_schema::json_schema(crate::library::Nothing) -> crate::diagnostics_schema::SchemaJudgements;
}

fn decode<T: DeserializeOwned>(method: &str, request: &[u8]) -> Result<T, Failure> {
    let mut json = serde_json::Deserializer::from_slice(request);
    let invalid = |path: String, error: &serde_json::Error| {
        let place = if path == "." { String::new() } else { format!(" at `{path}`") };
        Failure::new(
            Status::Argument,
            "invalid_request",
            format!("the request of {method} is not valid{place}: {error}"),
        )
        .with_data(json!({ "method": method, "path": path }))
    };
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| invalid(error.path().to_string(), error.inner()))?;
    json.end().map_err(|error| invalid(".".to_owned(), &error))?;
    Ok(value)
}

fn unknown(id: u32) -> Failure {
    if (900..1000).contains(&id) {
        return Failure::new(
            Status::Unsupported,
            "unsupported_method",
            format!("method {id} needs a library built with the cargo feature diagnostics"),
        );
    }
    Failure::new(Status::Unsupported, "unknown_method", format!("method {id} is not known"))
}

fn wrong_timing(name: &str, timing: &str) -> Failure {
    Failure::new(Status::Argument, "wrong_timing", format!("{name} is {timing}"))
}

fn config() -> Config {
    Config::new().with_large_int("number")
}

fn declarations<Q: TS + 'static, A: TS + 'static>() -> Vec<(String, String)> {
    struct Visitor {
        seen: Vec<std::any::TypeId>,
        found: Vec<(String, String)>,
    }
    impl TypeVisitor for Visitor {
        fn visit<T: TS + 'static + ?Sized>(&mut self) {
            let id = std::any::TypeId::of::<T>();
            if self.seen.contains(&id) {
                return;
            }
            self.seen.push(id);
            T::visit_generics(self);
            T::visit_dependencies(self);
            // Primitives and containers have no declaration of their own.
            if T::output_path().is_some() {
                let docs = T::docs().unwrap_or_default();
                let text = format!("{docs}export {}", T::decl(&config()));
                self.found.push((T::ident(&config()), text));
            }
        }
    }
    let mut visitor = Visitor { seen: Vec::new(), found: Vec::new() };
    visitor.visit::<Q>();
    visitor.visit::<A>();
    visitor.found
}
