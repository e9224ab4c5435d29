//! Batches: the codec by its laws, and between real agents.

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![cfg(feature = "diagnostics")]

mod common;

use std::{collections::HashSet, ops::Range};

use common::{TempDir, bounded, joined, payload, until_heard};
use proptest::prelude::*;
use tendon_agent::{
    AgentId, Batch, MAX_PAYLOAD_BYTES, Malformed, Payloads, Position, Refused, Seen,
};

const MAGIC: &[u8] = b"\x89TNDN\r\n";
const FIRST: Position = Position { epoch: 7, sequence: 100 };

/// What arrives, with the position of each payload.
fn decoded(message: Vec<u8>) -> Vec<(Option<Position>, Vec<u8>)> {
    let payloads = Payloads::decode(message.into()).unwrap();
    let items: Vec<_> =
        payloads.iter().map(|(position, payload)| (position, payload.to_vec())).collect();
    assert_eq!(items.len(), payloads.count() as usize);
    items
}

fn payload_lists() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..64), 1..40)
}

proptest! {
    #[test]
    fn any_payloads_come_back_in_order_with_their_positions(payloads in payload_lists()) {
        let batch = Batch::from_iter(&payloads);
        prop_assert_eq!(batch.len(), payloads.len() as u64);
        let arrived: Vec<_> = batch.messages(FIRST).flat_map(decoded).collect();
        let expected: Vec<_> = (FIRST.sequence..)
            .zip(payloads)
            .map(|(sequence, payload)| (Some(Position { sequence, ..FIRST }), payload))
            .collect();
        prop_assert_eq!(arrived, expected);
    }

    #[test]
    fn a_batch_cut_short_or_with_bytes_behind_it_is_refused(
        payloads in payload_lists(),
        cut in any::<proptest::sample::Index>(),
        tail in proptest::collection::vec(any::<u8>(), 1..20),
    ) {
        let message = Batch::from_iter(&payloads).messages(FIRST).next().unwrap();
        let short = message[..MAGIC.len() + cut.index(message.len() - MAGIC.len())].to_vec();
        prop_assert_eq!(Payloads::decode(short.into()), Err(Malformed));
        let long = [message, tail].concat();
        prop_assert_eq!(Payloads::decode(long.into()), Err(Malformed));
    }

    #[test]
    fn any_bytes_behind_the_magic_are_refused_or_whole(
        kind in 0_u8..4,
        count in prop_oneof![0_u32..8, Just(u32::MAX), any::<u32>()],
        rest in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let message =
            [MAGIC, &[kind], &[0; 16], &count.to_le_bytes(), &rest].concat();
        if let Ok(payloads) = Payloads::decode(message.into()) {
            prop_assert_eq!(payloads.iter().count(), payloads.count() as usize);
            let carried: usize = payloads.iter().map(|(_, payload)| payload.len()).sum();
            prop_assert!(carried <= rest.len());
        }
    }

    #[test]
    fn changed_bytes_never_crash_the_decoder(
        payloads in payload_lists(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut message = Batch::from_iter(&payloads).messages(FIRST).next().unwrap();
        for (at, value) in changes {
            let at = at.index(message.len());
            message[at] = value;
        }
        if let Ok(payloads) = Payloads::decode(message.into()) {
            prop_assert_eq!(payloads.iter().count(), payloads.count() as usize);
        }
    }

    #[test]
    fn what_does_not_begin_with_the_magic_is_one_plain_payload(
        bytes in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        prop_assume!(!bytes.starts_with(MAGIC));
        prop_assert_eq!(decoded(bytes.clone()), [(None, bytes)]);
    }

    #[test]
    fn a_batch_is_new_unless_it_overlaps_one_that_was_seen(
        spans in proptest::collection::vec((0_u64..60, 1_u64..6), 1..60),
    ) {
        let (mut seen, mut model) = (Seen::default(), HashSet::new());
        let sender = AgentId::from_bytes([1; 32]);
        for (start, length) in spans {
            let span: Range<u64> = start..start + length;
            let fresh = span.clone().all(|number| !model.contains(&number));
            prop_assert_eq!(seen.is_new(sender, 1, &span), fresh);
            if fresh {
                model.extend(span);
            }
        }
    }
}

#[test]
fn messages_are_as_full_as_the_limit_allows() {
    let payloads = vec![vec![1; 300_000]; 7];
    let messages: Vec<_> = Batch::from_iter(&payloads).messages(FIRST).collect();
    assert_eq!(messages.len(), 3);
    assert!(messages.iter().all(|message| message.len() <= MAX_PAYLOAD_BYTES));
    let largest = Batch::from_iter([vec![1; MAX_PAYLOAD_BYTES]]);
    assert_eq!(largest.messages(FIRST).count(), 1);
    assert_eq!(Batch::default().messages(FIRST).count(), 0);
}

#[test]
fn packed_payloads_are_checked() {
    let packed = [&3_u32.to_le_bytes()[..], b"abc", &0_u32.to_le_bytes()].concat();
    assert_eq!(Batch::from_packed(packed.clone()), Ok(Batch::from_iter(["abc", ""])));
    assert_eq!(Batch::from_packed(packed[..6].to_vec()), Err(Malformed));
    let large = u32::try_from(MAX_PAYLOAD_BYTES + 1).unwrap();
    let large = [&large.to_le_bytes()[..], &vec![0; MAX_PAYLOAD_BYTES + 1]].concat();
    assert_eq!(Batch::from_packed(large), Err(Malformed));
}

#[test]
fn what_is_remembered_of_senders_is_bounded() {
    let mut seen = Seen::default();
    let id = |number: u32| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        AgentId::from_bytes(bytes)
    };
    // Far more senders, epochs and gaps than are kept: the recent ones are still known.
    for number in 0..5_000 {
        assert!(seen.is_new(id(number), 1, &(0..10)));
    }
    assert!(!seen.is_new(id(4_999), 1, &(5..6)));
    for epoch in 2..1_000 {
        assert!(seen.is_new(id(4_999), epoch, &(0..10)));
    }
    assert!(!seen.is_new(id(4_999), 999, &(0..10)));
    for number in 0..5_000 {
        assert!(seen.is_new(id(4_999), 999, &(20 + 3 * number..21 + 3 * number)));
    }
    assert!(!seen.is_new(id(4_999), 999, &(20 + 3 * 4_999..21 + 3 * 4_999)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_travels_and_a_second_copy_is_suppressed() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let b = joined(&home_b, &[&a]).await;
    let mut ear = b.subscribe("batches").await.unwrap();
    bounded(until_heard(&a, "batches", &mut ear)).await;
    let payloads: Vec<_> = (0_u32..2_000).map(|number| number.to_le_bytes().repeat(200)).collect();
    let sent = bounded(a.publish_batch("batches", Batch::from_iter(&payloads))).await.unwrap();
    assert_eq!((sent.messages, sent.first_sequence), (2, Some(0)));

    let mut arrived = Vec::new();
    while arrived.len() < payloads.len() {
        let message = bounded(ear.recv()).await.unwrap();
        for (position, payload) in message.payloads.iter() {
            arrived.extend(position.map(|position| (position.sequence, payload.to_vec())));
        }
    }
    arrived.sort_unstable();
    assert!(arrived.into_iter().eq((0..).zip(payloads)));

    let replay = Batch::from_iter(["again"]).messages(FIRST).next().unwrap();
    let junk = [MAGIC, &[1], &[0xff; 64]].concat();
    let fakes = [replay.clone(), replay, junk, [MAGIC, b"\x01"].concat(), b"end".to_vec()];
    for bytes in fakes {
        bounded(a.publish_raw("batches", bytes)).await.unwrap();
    }
    let (mut replayed, mut ended) = (0, false);
    while !ended || ear.refused() != (Refused { malformed: 2, duplicates: 1 }) {
        let message = bounded(ear.recv()).await.unwrap();
        replayed += usize::from(payload(&message) == b"again");
        ended |= payload(&message) == b"end";
        // One message may overtake another: ask for one more until all were counted.
        bounded(a.publish("batches", b"hello".to_vec())).await.unwrap();
    }
    assert_eq!(replayed, 1);
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_payload_that_begins_like_a_batch_arrives_as_it_is() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let mut ear = agent.subscribe("odd").await.unwrap();
    let real = Batch::from_iter(["not", "really"]).messages(FIRST).next().unwrap();
    for odd in [MAGIC.to_vec(), [MAGIC, b"\x02rest"].concat(), real] {
        bounded(agent.publish("odd", odd.clone())).await.unwrap();
        let message = bounded(ear.recv()).await.unwrap();
        assert_eq!(message.payloads.iter().collect::<Vec<_>>(), [(None, &odd[..])]);
    }
    assert_eq!(ear.refused(), Refused::default());
    bounded(agent.close()).await;
}
