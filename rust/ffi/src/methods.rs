//! The method table: every control-plane method by id, declared once.
//!
//! Ids are appended and never reused: 1–99 library, 100–149 agent, 150–199 tasks, 200–299 engine,
//! 900–999 diagnostics (only with the cargo feature; without it they answer `unsupported_method`).

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

    150 "tasks.open" async json crate::tasks::open(crate::tasks::OpenTaskList) -> crate::tasks::OpenedTaskList;
    151 "tasks.add" async json crate::tasks::add(crate::tasks::AddTask) -> crate::tasks::AddedTask;
    152 "tasks.claim" async json crate::tasks::claim(crate::tasks::ChangeTask) -> crate::tasks::ChangedTask;
    153 "tasks.complete" async json crate::tasks::complete(crate::tasks::ChangeTask) -> crate::tasks::ChangedTask;
    154 "tasks.list" async json crate::tasks::list(crate::tasks::TaskListRef) -> crate::tasks::TaskListSnapshot;
    155 "tasks.watch" async json crate::tasks::watch(crate::tasks::WatchTasks) -> crate::library::Nothing;
    156 "tasks.resync" async json crate::tasks::resync(crate::tasks::TaskListRef) -> crate::tasks::TaskListSnapshot;

    200 "engine.instruments" sync json crate::engine::instruments(crate::engine::DescribeInstruments) -> crate::engine::InstrumentTable;
    201 "engine.loadData" async json crate::engine::load_data(crate::engine::LoadData) -> crate::engine::LoadedData;
    202 "engine.backtest" async packed crate::engine::backtest(crate::engine::RunBacktest) -> crate::engine::BacktestHead;
    203 "engine.openProgress" sync json crate::engine::open_progress(crate::engine::OpenProgress) -> crate::engine::OpenedProgress;
    204 "engine.progress" sync json crate::engine::progress(crate::engine::ProgressRequest) -> crate::engine::RunProgress;
    240 "engine.sweep" async json crate::engine::sweep::open(crate::engine::sweep::RunSweep) -> crate::library::Nothing;
    241 "engine.dataColumns" sync packed crate::engine::columns::read(crate::engine::columns::ReadColumns) -> crate::engine::columns::ColumnsHead;
    242 "engine.openSummary" sync json crate::engine::statistics::open(crate::engine::statistics::OpenSummary) -> crate::engine::statistics::OpenedSummary;
    243 "engine.updateSummary" sync json crate::engine::statistics::update(crate::engine::statistics::UpdateSummary) -> crate::library::Nothing;
    244 "engine.summary" sync json crate::engine::statistics::summary(crate::engine::statistics::ReadSummary) -> crate::engine::TradingSummary;
    245 "engine.unrealised" sync json crate::engine::statistics::unrealised(crate::engine::statistics::PositionAt) -> crate::engine::statistics::Unrealised;

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
    940 "diagnostics.nativeReplay" async json crate::diagnostics_engine::replay(crate::diagnostics_engine::NativeReplay) -> crate::diagnostics_engine::NativeReplayResult;
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
