//! One process-wide table of generational handles.
//!
//! A handle is `generation << 32 | index` with a 21-bit generation, so it stays below 2^53 and is exact
//! as a JavaScript number. Stale, foreign and wrong-kind handles are refused by comparing numbers;
//! memory is never reached through them.

use std::{any::Any, sync::Arc};

use parking_lot::RwLock;

use crate::{Failure, Status};

const GENERATION_MAX: u32 = (1 << 21) - 1;

/// Native state behind a handle.
pub(crate) trait Object: Send + Sync + 'static {
    /// Name used in messages, such as `agent`.
    const KIND: &'static str;

    /// Starts closing. Must not block: it runs on the thread of the caller.
    fn close(&self) {}
}

struct Held {
    object: Arc<dyn Any + Send + Sync>,
    close: fn(&(dyn Any + Send + Sync)),
    owner: u64,
    poisoned: bool,
}

struct Slot {
    generation: u32,
    held: Option<Held>,
}

#[derive(Default)]
struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

static TABLE: RwLock<Table> = RwLock::new(Table { slots: Vec::new(), free: Vec::new() });

fn close_as<T: Object>(object: &(dyn Any + Send + Sync)) {
    if let Some(object) = object.downcast_ref::<T>() {
        object.close();
    }
}

/// Stores an object and returns its handle. `owner` is the context's handle, 0 for a context itself.
pub(crate) fn insert<T: Object>(owner: u64, object: Arc<T>) -> u64 {
    let held = Held { object, close: close_as::<T>, owner, poisoned: false };
    let mut table = TABLE.write();
    let index = match table.free.pop() {
        Some(index) => index,
        None => {
            table.slots.push(Slot { generation: 1, held: None });
            (table.slots.len() - 1) as u32
        }
    };
    let slot = &mut table.slots[index as usize];
    slot.held = Some(held);
    u64::from(slot.generation) << 32 | u64::from(index)
}

impl Table {
    fn find(&self, handle: u64) -> Option<&Held> {
        let slot = self.slots.get((handle & 0xffff_ffff) as usize)?;
        (u64::from(slot.generation) == handle >> 32).then_some(slot.held.as_ref()).flatten()
    }
}

/// Looks an object up.
///
/// # Errors
///
/// `bad_handle` when the handle is stale, foreign or of another kind; `poisoned` after a panic.
pub(crate) fn get<T: Object>(owner: u64, handle: u64) -> Result<Arc<T>, Failure> {
    let table = TABLE.read();
    let held = table
        .find(handle)
        .filter(|held| held.owner == owner)
        .ok_or_else(|| Failure::bad_handle(T::KIND))?;
    let object =
        Arc::clone(&held.object).downcast::<T>().map_err(|_| Failure::bad_handle(T::KIND))?;
    if held.poisoned {
        return Err(Failure::new(
            Status::Panic,
            "poisoned",
            format!("the {} was poisoned by an earlier panic and can only be closed", T::KIND),
        ));
    }
    Ok(object)
}

/// Refuses all further use of an object but closing.
pub(crate) fn poison(handle: u64) {
    let mut table = TABLE.write();
    let index = (handle & 0xffff_ffff) as usize;
    if let Some(slot) = table.slots.get_mut(index)
        && u64::from(slot.generation) == handle >> 32
        && let Some(held) = slot.held.as_mut()
    {
        held.poisoned = true;
    }
}

fn take(table: &mut Table, index: usize) -> Option<Held> {
    let slot = table.slots.get_mut(index)?;
    let held = slot.held.take()?;
    // INVARIANT: a handle is never issued twice; a slot that ran out of generations is retired.
    if slot.generation < GENERATION_MAX {
        slot.generation += 1;
        table.free.push(index as u32);
    } else {
        slot.generation = 0;
    }
    Some(held)
}

/// Removes an object and starts closing it. Returns whether it was there.
pub(crate) fn remove(owner: u64, handle: u64) -> bool {
    let held = {
        let mut table = TABLE.write();
        if table.find(handle).is_none_or(|held| held.owner != owner) {
            return false;
        }
        take(&mut table, (handle & 0xffff_ffff) as usize)
    };
    // The lock is released: closing may look other handles up.
    if let Some(held) = held {
        (held.close)(held.object.as_ref());
        crate::runtime::drop_inside(held.object);
    }
    true
}

/// Closes everything a context owns.
pub(crate) fn remove_owned(owner: u64) {
    let held: Vec<Held> = {
        let mut table = TABLE.write();
        let owned: Vec<usize> = (0..table.slots.len())
            .filter(|&index| {
                table.slots[index].held.as_ref().is_some_and(|held| held.owner == owner)
            })
            .collect();
        owned.into_iter().filter_map(|index| take(&mut table, index)).collect()
    };
    for held in held {
        (held.close)(held.object.as_ref());
        crate::runtime::drop_inside(held.object);
    }
}

/// Number of live objects of a context, for diagnostics and leak tests.
pub(crate) fn count_owned(owner: u64) -> usize {
    let table = TABLE.read();
    table
        .slots
        .iter()
        .filter(|slot| slot.held.as_ref().is_some_and(|held| held.owner == owner))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;
    impl Object for Thing {
        const KIND: &'static str = "thing";
    }
    struct Other;
    impl Object for Other {
        const KIND: &'static str = "other";
    }

    #[test]
    fn handles_are_refused_when_stale_foreign_or_of_another_kind() {
        let handle = insert(7, Arc::new(Thing));
        assert!(handle < 1 << 53);
        assert!(get::<Thing>(7, handle).is_ok());
        assert_eq!(get::<Thing>(8, handle).err().map(|f| f.kind), Some("bad_handle"));
        assert_eq!(get::<Other>(7, handle).err().map(|f| f.kind), Some("bad_handle"));
        assert!(!remove(8, handle));
        assert!(remove(7, handle));
        assert!(!remove(7, handle));
        let next = insert(7, Arc::new(Thing));
        assert_ne!(next, handle);
        assert!(get::<Thing>(7, handle).is_err());
        assert!(remove(7, next));
    }

    #[test]
    fn poisoned_objects_can_only_be_closed() {
        let handle = insert(9, Arc::new(Thing));
        poison(handle);
        assert_eq!(get::<Thing>(9, handle).err().map(|f| f.kind), Some("poisoned"));
        assert!(remove(9, handle));
    }
}
