//! Many runs on a bounded number of threads.
//!
//! Runs share nothing but their market data, so what one of them does or fails to do cannot change
//! another, and the number of threads cannot change any.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::Control;

/// Calls `run` once with every number below `runs`, on at most `threads` threads of which this is
/// one, and returns when all calls have. Runs start in order. Once `control` is cancelled no further
/// run starts, and the controls handed to the running ones are cancelled with it.
pub fn sweep<F>(runs: usize, threads: usize, control: &Arc<Control>, run: F)
where
    F: Fn(usize, &Control) + Sync,
{
    let next = AtomicUsize::new(0);
    let work = || {
        while !control.is_cancelled() {
            let position = next.fetch_add(1, Ordering::Relaxed);
            if position >= runs {
                return;
            }
            run(position, &Control::part_of(control));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(runs) {
            let builder = thread::Builder::new().name("tendon-sweep".to_owned());
            // A system that refuses threads makes a sweep slow, not impossible.
            if builder.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::HashSet, sync::Mutex};

    #[test]
    fn every_run_happens_once_on_no_more_threads_than_asked_for() {
        for threads in [0, 1, 2, 3, 50] {
            let seen = Mutex::new((Vec::new(), HashSet::new()));
            sweep(20, threads, &Arc::default(), |position, _| {
                let mut seen = seen.lock().unwrap();
                seen.0.push(position);
                seen.1.insert(thread::current().id());
            });
            let (mut positions, ids) = seen.into_inner().unwrap();
            positions.sort_unstable();
            assert_eq!(positions, (0..20).collect::<Vec<_>>());
            assert!(ids.len() <= threads.max(1));
        }
    }

    #[test]
    fn cancelling_stops_the_running_and_starts_no_more() {
        let control = Arc::new(Control::default());
        let started = AtomicUsize::new(0);
        sweep(100, 1, &control, |_, run| {
            if started.fetch_add(1, Ordering::Relaxed) == 2 {
                control.cancel();
                assert!(run.is_cancelled());
            }
        });
        assert_eq!(started.into_inner(), 3);
    }

    #[test]
    fn events_of_the_parts_add_up() {
        let control = Arc::new(Control::default());
        sweep(3, 2, &control, |_, run| {
            run.set_events(10);
            run.set_events(25);
        });
        assert_eq!(control.events(), 75);
    }
}
