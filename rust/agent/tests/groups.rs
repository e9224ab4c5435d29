//! Encrypted groups.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use tendon_agent::{Group, GroupError, Keypair, PreparedMember};

const ID: &[u8] = b"research";

/// A group of its creator and the others, all in the same epoch.
fn group_of(keys: &[Keypair]) -> Vec<Group> {
    let mut groups = vec![Group::create(&keys[0], ID).unwrap()];
    for key in &keys[1..] {
        let prepared = PreparedMember::new(key, ID).unwrap();
        let added = groups[0].add(prepared.key_package()).unwrap();
        for member in &mut groups[1..] {
            member.process_commit(&added.commit).unwrap();
        }
        groups.push(Group::join(prepared, &added.welcome).unwrap());
    }
    groups
}

fn keys(count: u8) -> Vec<Keypair> {
    (0..count).map(|seed| Keypair::from_seed(&[seed + 1; 32]).unwrap()).collect()
}

#[test]
fn every_member_reads_every_other_and_knows_all() {
    let keys = keys(3);
    let mut groups = group_of(&keys);
    let mut ids: Vec<_> = keys.iter().map(|key| key.public_key().agent_id().unwrap()).collect();
    ids.sort_unstable();
    for at in 0..3 {
        let message = groups[at].encrypt(b"hello").unwrap();
        assert_eq!(
            (groups[at].members(), groups[at].size(), groups[at].epoch()),
            (ids.clone(), 3, 2)
        );
        for other in (0..3).filter(|&other| other != at) {
            assert_eq!(groups[other].decrypt(&message).unwrap(), b"hello");
            assert!(groups[other].decrypt(&message).is_err(), "a replay was read");
        }
    }
}

#[test]
fn a_member_that_another_added_can_be_removed_and_is_shut_out() {
    let keys = keys(3);
    let [mut alice, mut bob, mut carol]: [Group; 3] = group_of(&keys).try_into().unwrap();
    // Carol rotates her keys; her key package still names her leaf.
    let commit = carol.update().unwrap();
    alice.process_commit(&commit).unwrap();
    bob.process_commit(&commit).unwrap();
    let commit = bob.remove(carol.own()).unwrap();
    alice.process_commit(&commit).unwrap();
    assert!(matches!(carol.process_commit(&commit), Err(GroupError::Removed)));
    assert_eq!((alice.members().len(), alice.size()), (2, 2));
    let message = alice.encrypt(b"without carol").unwrap();
    assert_eq!(bob.decrypt(&message).unwrap(), b"without carol");
    assert!(matches!(carol.decrypt(&message), Err(GroupError::Epoch { .. })));
    assert!(matches!(alice.remove(carol.own()), Err(GroupError::NotMember { .. })));
}

#[test]
fn a_commit_out_of_order_changes_nothing() {
    let keys = keys(2);
    let [mut alice, mut bob]: [Group; 2] = group_of(&keys).try_into().unwrap();
    let (first, second) = (alice.update().unwrap(), alice.update().unwrap());
    let refused = bob.process_commit(&second);
    assert!(matches!(refused, Err(GroupError::Epoch { expected: 2, found: 3, .. })), "{refused:?}");
    bob.process_commit(&first).unwrap();
    assert!(matches!(bob.process_commit(&first), Err(GroupError::Epoch { .. })), "a replay");
    bob.process_commit(&second).unwrap();
    let message = bob.encrypt(b"in step").unwrap();
    assert_eq!(alice.decrypt(&message).unwrap(), b"in step");
}

#[test]
fn flipped_bits_are_refused_and_change_nothing() {
    let keys = keys(2);
    let [mut alice, mut bob]: [Group; 2] = group_of(&keys).try_into().unwrap();
    let message = alice.encrypt(b"hello").unwrap();
    let commit = alice.update().unwrap();
    for at in (0..message.len()).step_by(97) {
        let mut bad = message.clone();
        bad[at] ^= 1;
        assert!(bob.decrypt(&bad).is_err(), "message byte {at}");
    }
    for at in (0..commit.len()).step_by(997) {
        let mut bad = commit.clone();
        bad[at] ^= 1;
        assert!(bob.process_commit(&bad).is_err(), "commit byte {at}");
    }
    assert_eq!(bob.decrypt(&message).unwrap(), b"hello");
    bob.process_commit(&commit).unwrap();
}

#[test]
fn a_restored_group_begins_an_epoch_before_it_encrypts() {
    let keys = keys(2);
    let [alice, mut bob]: [Group; 2] = group_of(&keys).try_into().unwrap();
    let snapshot = alice.snapshot().unwrap();
    let mut again = Group::restore(&keys[0], &snapshot).unwrap();
    assert_eq!((again.members(), again.epoch(), again.id()), (alice.members(), 1, ID));
    let message = bob.encrypt(b"welcome back").unwrap();
    assert_eq!(again.decrypt(&message).unwrap(), b"welcome back");
    assert!(matches!(again.encrypt(b"hello"), Err(GroupError::Restored)));
    let commit = again.update().unwrap();
    bob.process_commit(&commit).unwrap();
    let message = again.encrypt(b"hello").unwrap();
    assert_eq!(bob.decrypt(&message).unwrap(), b"hello");
    assert!(Group::restore(&keys[1], &snapshot).is_err(), "somebody else's snapshot");
    assert!(Group::restore(&keys[0], &snapshot[..snapshot.len() - 1]).is_err());
}

#[test]
fn key_packages_are_their_agents_for_one_group() {
    let keys = keys(3);
    let mut group = Group::create(&keys[0], ID).unwrap();
    let elsewhere = PreparedMember::new(&keys[1], b"elsewhere").unwrap();
    let refused = group.add(elsewhere.key_package());
    assert!(matches!(refused, Err(GroupError::OtherGroup { .. })), "{refused:?}");
    let prepared = PreparedMember::new(&keys[1], ID).unwrap();
    let mut forged = prepared.key_package().to_vec();
    let other = keys[2].public_key();
    forged[16..16 + other.as_bytes().len()].copy_from_slice(other.as_bytes());
    assert!(matches!(group.add(&forged), Err(GroupError::Refused { .. })));
    for bad in [b"".as_slice(), b"TGK1", &prepared.key_package()[1..]] {
        assert!(matches!(group.add(bad), Err(GroupError::Malformed { .. })));
    }
    assert_eq!(group.epoch(), 0);
    group.add(prepared.key_package()).unwrap();
    let again = group.add(prepared.key_package());
    assert!(matches!(again, Err(GroupError::AlreadyMember { .. })), "{again:?}");
}

#[test]
fn a_welcome_is_for_one_member() {
    let keys = keys(3);
    let mut group = Group::create(&keys[0], ID).unwrap();
    let (bob, carol) =
        (PreparedMember::new(&keys[1], ID).unwrap(), PreparedMember::new(&keys[2], ID).unwrap());
    let added = group.add(bob.key_package()).unwrap();
    assert!(Group::join(carol, &added.welcome).is_err());
    assert!(Group::join(bob, &added.welcome).is_ok());
}
