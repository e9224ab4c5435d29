//! Keys, signatures, certificates, cards, and agents with keys given.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::{fs, path::Path, sync::Arc};

use common::{TempDir, bounded, options};
use tendon_agent::{
    Agent, AgentCertificate, AgentError, AgentKeys, IdentityError, IntroductionCard, KeySource,
    Keypair, PublicKey, Service,
};

const CONTEXT: &str = "tendon.test";

#[test]
fn a_seed_always_gives_the_same_keypair() {
    let (one, two) = (Keypair::from_seed(&[7; 32]).unwrap(), Keypair::from_seed(&[7; 32]).unwrap());
    assert_eq!(*one.to_bytes().unwrap(), *two.to_bytes().unwrap());
    assert_ne!(Keypair::from_seed(&[8; 32]).unwrap().public_key(), one.public_key());
    let again = Keypair::from_bytes(&one.to_bytes().unwrap()).unwrap();
    assert_eq!(again.public_key(), one.public_key());
}

#[test]
fn a_signature_is_bound_to_key_context_and_message() {
    let (key, other) = (Keypair::generate().unwrap(), Keypair::generate().unwrap());
    let signature = key.sign(CONTEXT, b"message").unwrap();
    let public = key.public_key();
    assert!(public.verify(CONTEXT, b"message", &signature));
    assert!(!public.verify("tendon.other", b"message", &signature));
    assert!(!public.verify(CONTEXT, b"messagf", &signature));
    assert!(!other.public_key().verify(CONTEXT, b"message", &signature));
    assert!(!public.verify(CONTEXT, b"message", &signature[1..]));
    let refused = key.sign("Not Allowed", b"message");
    assert!(matches!(refused, Err(IdentityError::Context { .. })), "{refused:?}");
    let refused = key.sign(CONTEXT, &vec![0; tendon_agent::MAX_SIGNED_BYTES + 1]);
    assert!(matches!(refused, Err(IdentityError::MessageTooLarge { .. })), "{refused:?}");
}

/// Where the parts of a key file are: two lengths of 8 bytes, the public key, the parts of the
/// secret key in the order of FIPS 204.
const PARTS: [(&str, std::ops::Range<usize>); 8] = [
    ("public", 8..1960),
    ("length", 1960..1968),
    ("rho", 1968..2000),
    ("K", 2000..2032),
    ("tr", 2032..2096),
    ("s1", 2096..2736),
    ("s2", 2736..3504),
    ("t0", 3504..6000),
];

#[test]
fn every_flipped_bit_is_found_but_those_of_the_signing_seed() {
    let key = Keypair::generate().unwrap();
    let good = key.to_bytes().unwrap();
    assert_eq!(good.len(), 6000);
    for (part, range) in PARTS {
        let stride = (range.len() / 24).max(1);
        for (round, at) in range.step_by(stride).enumerate() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (round % 8);
            let loaded = Keypair::from_bytes(&bad);
            if part == "K" {
                let signature = loaded.unwrap().sign(CONTEXT, b"message").unwrap();
                assert!(key.public_key().verify(CONTEXT, b"message", &signature));
            } else {
                assert!(loaded.is_err(), "bit {} of byte {at} in {part}", round % 8);
            }
        }
    }
}

#[test]
fn bytes_that_are_no_keypair_are_refused() {
    let (one, two) = (Keypair::generate().unwrap(), Keypair::generate().unwrap());
    let (one, two) = (one.to_bytes().unwrap(), two.to_bytes().unwrap());
    let halves = [&one[..1960], &two[1960..]].concat();
    let longer = [one.as_slice(), b"x"].concat();
    for bad in [b"".as_slice(), b"key", &one[..5999], &halves, &longer, &[0; 6000]] {
        let refused = Keypair::from_bytes(bad);
        assert!(matches!(refused, Err(IdentityError::Keypair { .. })), "{refused:?}");
    }
    assert!(matches!(PublicKey::from_bytes(&one), Err(IdentityError::PublicKey { .. })));
}

#[test]
fn a_certificate_binds_an_agent_to_a_user_for_a_time() {
    let (user, agent) = (Keypair::generate().unwrap(), Keypair::generate().unwrap());
    let certificate = AgentCertificate::issue(&user, &agent.public_key(), Some(2000)).unwrap();
    assert!(certificate.verify());
    assert_eq!(certificate.user_id().unwrap(), user.public_key().user_id().unwrap());
    assert_eq!(certificate.agent_id().unwrap(), agent.public_key().agent_id().unwrap());
    assert_eq!(certificate.not_after(), Some(2000));
    assert!(!certificate.is_expired(2300) && certificate.is_expired(2301));

    let bytes = certificate.to_bytes().unwrap();
    assert_eq!(AgentCertificate::from_bytes(&bytes).unwrap(), certificate);
    for bad in [b"".as_slice(), b"x", &[bytes.as_slice(), b"x"].concat()] {
        let refused = AgentCertificate::from_bytes(bad);
        assert!(matches!(refused, Err(IdentityError::Certificate { .. })), "{refused:?}");
    }
    let mut later = bytes;
    let last = later.len() - 8;
    later[last] ^= 1;
    assert!(!AgentCertificate::from_bytes(&later).unwrap().verify(), "the expiry is signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_takes_the_keys_given_and_writes_no_others() {
    let (home, keys) = (TempDir::new(), TempDir::new());
    let agent_key = Arc::new(Keypair::generate().unwrap());
    let user_key = Arc::new(Keypair::from_seed(&[1; 32]).unwrap());
    let machine_path = keys.path().join("deep/machine.key");
    let given = AgentKeys {
        machine: Some(KeySource::File(machine_path.clone())),
        agent: Some(KeySource::Keypair(Arc::clone(&agent_key))),
        user: Some(KeySource::Keypair(Arc::clone(&user_key))),
    };
    let open = || Agent::open_with_keys(options(&home, &[]), given.clone());
    let agent = bounded(open()).await.unwrap();
    assert_eq!(agent.public_key(), agent_key.public_key());
    assert_eq!(agent.user_id(), Some(user_key.public_key().user_id().unwrap()));
    let certificate = agent.certificate().unwrap();
    assert!(certificate.verify());
    assert_eq!(certificate.agent_id().unwrap(), agent.info().agent_id);
    let signature = agent.sign(CONTEXT, b"message").unwrap();
    assert!(agent_key.public_key().verify(CONTEXT, b"message", &signature));
    let machine = agent.info().machine_id;
    bounded(agent.close()).await;
    for key in ["machine.key", "agent.key", "user.key"] {
        assert!(!home.path().join(key).exists(), "{key} was written");
    }
    assert_private(&machine_path);

    let again = bounded(open()).await.unwrap();
    assert_eq!(again.info().machine_id, machine);
    bounded(again.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_keypair_is_kept_in_the_directory_and_replaces_none() {
    let home = TempDir::new();
    let with = |key: &Arc<Keypair>| AgentKeys {
        machine: Some(KeySource::Keypair(Arc::clone(key))),
        ..AgentKeys::default()
    };
    let (one, two) =
        (Arc::new(Keypair::generate().unwrap()), Arc::new(Keypair::generate().unwrap()));
    for _ in 0..2 {
        let agent = bounded(Agent::open_with_keys(options(&home, &[]), with(&one))).await.unwrap();
        assert_eq!(agent.info().machine_id, one.public_key().machine_id().unwrap());
        bounded(agent.close()).await;
    }
    let path = home.path().join("machine.key");
    assert_private(&path);
    let refused = bounded(Agent::open_with_keys(options(&home, &[]), with(&two))).await;
    assert!(matches!(refused, Err(AgentError::KeyConflict { .. })), "{refused:?}");
    assert_eq!(fs::read(path).unwrap(), *one.to_bytes().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_key_runs_one_live_agent() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let machine = Some(KeySource::Keypair(Arc::new(Keypair::generate().unwrap())));
    let keys = AgentKeys { machine, ..AgentKeys::default() };
    let open = |home| Agent::open_with_keys(options(home, &[]), keys.clone());
    let first = bounded(open(&home_a)).await.unwrap();
    let refused = bounded(open(&home_b)).await;
    assert!(matches!(refused, Err(AgentError::MachineInUse { .. })), "{refused:?}");
    bounded(first.close()).await;
    let second = bounded(open(&home_b)).await.unwrap();
    bounded(second.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn key_files_given_are_checked_and_left() {
    let (home, keys) = (TempDir::new(), TempDir::new());
    let path = keys.path().join("some.key");
    let source = || Some(KeySource::File(path.clone()));
    let none = AgentKeys::default();
    let given = [
        AgentKeys { machine: source(), ..none.clone() },
        AgentKeys { agent: source(), ..none.clone() },
        AgentKeys { user: source(), ..none },
    ];
    let missing = bounded(Agent::open_with_keys(options(&home, &[]), given[2].clone())).await;
    assert!(matches!(missing, Err(AgentError::Storage { .. })), "a user key is not made");
    fs::write(&path, b"not a key").unwrap();
    for keys in given {
        let refused = bounded(Agent::open_with_keys(options(&home, &[]), keys)).await;
        assert!(matches!(refused, Err(AgentError::Key { .. })), "{refused:?}");
        assert_eq!(fs::read(&path).unwrap(), b"not a key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_shows_who_signed_it_and_cannot_be_changed() {
    let home = TempDir::new();
    let user = Some(KeySource::Keypair(Arc::new(Keypair::generate().unwrap())));
    let keys = AgentKeys { user, ..AgentKeys::default() };
    let agent = bounded(Agent::open_with_keys(options(&home, &[]), keys)).await.unwrap();
    let service = Service {
        name: "quotes".to_owned(),
        description: "prices".to_owned(),
        min_trust: "known".to_owned(),
    };
    let card = agent.card(Some("Alice".to_owned()), vec![service.clone()]).unwrap();
    assert!(card.verify());
    let json = card.to_json().unwrap();
    let read = IntroductionCard::from_json(json.as_bytes()).unwrap();
    assert!(read.verify());
    assert_eq!((read.name(), read.services()), (Some("Alice"), vec![service]));
    assert_eq!(read.agent_id(), agent.info().agent_id);
    assert_eq!(read.machine_id(), agent.info().machine_id);
    assert_eq!(read.user_id(), agent.user_id());
    let words: Vec<_> = read.words().split_whitespace().collect();
    assert_eq!((words.len(), words[4]), (9, "@"), "{words:?}");
    let forged = json.replace("Alice", "Mallory");
    assert!(!IntroductionCard::from_json(forged.as_bytes()).unwrap().verify());
    assert!(IntroductionCard::from_json(b"{}").is_err());
    bounded(agent.close()).await;
}

fn assert_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        let parent = path.parent().unwrap();
        if parent.ends_with("deep") {
            assert_eq!(fs::metadata(parent).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
