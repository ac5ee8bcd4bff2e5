//! Tokens that need a person's key, with a table and a KMS in memory, and a clock that jumps.

use std::collections::BTreeMap;
use std::sync::Weak;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::*;
use crate::opener::{Opened, Opener, UnwrapKey, Unwrapped, WrappedKey};

const SEAL_KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000";
const DATA_KEY: [u8; 32] = [3; 32];
const ID: &str = "3057899a-a0ed-5ba6-918d-2fa680f6def6";
const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// The table. A read takes as long as it says.
#[derive(Clone, Default)]
struct Table {
    rows: Arc<Mutex<BTreeMap<String, SubjectKey>>>,
    reads: Arc<AtomicU64>,
    takes: Duration,
    is_down: Arc<AtomicBool>,
}

impl Table {
    fn put(&self, user: &str, row: SubjectKey) {
        self.rows.lock().unwrap().insert(name(user), row);
    }

    fn with(user: &str, row: SubjectKey) -> Self {
        let table = Self::default();
        table.put(user, row);
        table
    }

    fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }
}

impl SubjectKeys for Table {
    fn row<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SubjectKey>, Option<String>>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let row = self.rows.lock().unwrap().get(name).cloned();
        async move {
            tokio::time::sleep(self.takes).await;
            if self.is_down.load(Ordering::Relaxed) {
                return Err(Some("InternalServerError".to_owned()));
            }
            Ok(row)
        }
        .boxed()
    }
}

/// What KMS answers.
#[derive(Clone, Copy, PartialEq)]
enum Answers {
    Key,
    Denied,
    Nothing,
}

struct Kms {
    answers: Answers,
    asked: Arc<AtomicU64>,
}

impl UnwrapKey for Kms {
    async fn unwrap_key(&self, _: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match self.answers {
            Answers::Key => Ok(Unwrapped::Key(Zeroizing::new(DATA_KEY.to_vec()))),
            Answers::Denied => Ok(Unwrapped::NotGranted),
            Answers::Nothing => Err(Cause::Kms(None)),
        }
    }
}

fn opener(answers: Answers, table: &Table, limits: KeyLimits) -> (Opener<Kms>, Arc<AtomicU64>) {
    let asked = Arc::<AtomicU64>::default();
    let kms = Kms {
        answers,
        asked: Arc::clone(&asked),
    };
    let opener = Opener::from_source(kms, [SEAL_KEY], limits).with_subject_keys(table.clone());
    (opener, asked)
}

fn granted(table: &Table) -> Opener<Kms> {
    opener(Answers::Key, table, KeyLimits::default()).0
}

fn name(user: &str) -> String {
    subject_key_name("/user-service", &format!("users/{user}"))
}

fn key_id(number: u8) -> String {
    BASE64_URL_SAFE_NO_PAD.encode([number; 16])
}

fn row(number: u8) -> SubjectKey {
    SubjectKey::Secret {
        key_id: key_id(number),
        secret: Zeroizing::new(vec![number; 32]),
    }
}

/// An event about this subject with a token under the key and the secret of this number.
fn event_about(subject: &str, number: u8) -> ReceivedEvent {
    struct Length;
    impl KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }
    let kid = format!("{ID}/contact/{}", key_id(number));
    let info = [b"A256GCM\0".as_slice(), kid.as_bytes()];
    let shares = [DATA_KEY, [number; 32]].concat();
    let mut key = [0; 32];
    Salt::new(HKDF_SHA256, b"user-events/subject-key/v1")
        .extract(&shares)
        .expand(&info, Length)
        .and_then(|derived| derived.fill(&mut key))
        .unwrap();
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let header = encode(format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}"#).as_bytes());
    let mut content = br#"{"email":"ada@example.com"}"#.to_vec();
    let tag = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap())
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key([number; 12]),
            Aad::from(header.as_bytes()),
            &mut content,
        )
        .unwrap();
    let token = format!(
        "{header}..{}.{}.{}",
        encode(&[number; 12]),
        encode(&content),
        encode(tag.as_ref())
    );
    let user = subject.strip_prefix("users/").unwrap_or("user-1");
    let document = json!({
        "specversion": "1.0", "id": ID, "source": "/user-service", "type": "UserRegisteredEventV1",
        "subject": subject, "sequence": format!("{:040}.0000", 1),
        "data": { "userId": user, "contact": {
            "sealed": token, "dataKey": BASE64_STANDARD.encode(b"wrapped"), "keyArn": SEAL_KEY } },
    });
    ReceivedEvent::from_message_body(&document.to_string()).unwrap()
}

fn event_of(user: &str, number: u8) -> ReceivedEvent {
    event_about(&format!("users/{user}"), number)
}

async fn open(opener: &Opener<Kms>, event: &ReceivedEvent) -> Result<Opened, Cause> {
    let opened = opener.open_as::<Value>(event, "contact").await;
    opened.map(Option::unwrap).map_err(|failure| failure.cause)
}

async fn opens(opener: &Opener<Kms>, event: &ReceivedEvent) {
    assert!(matches!(open(opener, event).await, Ok(Opened::Clear(_))));
}

#[tokio::test(start_paused = true)]
async fn no_limit_of_a_caller_keeps_a_secret_for_longer_than_300_seconds() {
    let limits = KeyLimits {
        max_age: 100 * FIVE_MINUTES,
        ..KeyLimits::default()
    };
    let table = Table::with("ada", row(1));
    let (opener, _) = opener(Answers::Key, &table, limits);
    opens(&opener, &event_of("ada", 1)).await;
    table.put("ada", SubjectKey::Erased);
    tokio::time::advance(FIVE_MINUTES - Duration::from_millis(1)).await;
    opens(&opener, &event_of("ada", 1)).await;
    assert_eq!(table.reads(), 1);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(open(&opener, &event_of("ada", 1)).await, Ok(Opened::Erased));
    assert_eq!(table.reads(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_shorter_limit_of_a_caller_holds_and_its_uses_do_not_prolong_it() {
    let limits = KeyLimits {
        max_age: Duration::from_secs(10),
        ..KeyLimits::default()
    };
    let table = Table::with("ada", row(1));
    let (opener, _) = opener(Answers::Key, &table, limits);
    for reads in [1, 1, 2] {
        opens(&opener, &event_of("ada", 1)).await;
        assert_eq!(table.reads(), reads);
        tokio::time::advance(Duration::from_secs(5)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_age_of_a_secret_counts_from_before_its_read() {
    let table = Table {
        takes: Duration::from_secs(20),
        ..Table::with("ada", row(1))
    };
    let opener = granted(&table);
    opens(&opener, &event_of("ada", 1)).await;
    table.put("ada", SubjectKey::Erased);
    tokio::time::advance(FIVE_MINUTES - Duration::from_secs(20)).await;
    assert_eq!(open(&opener, &event_of("ada", 1)).await, Ok(Opened::Erased));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_too_old_or_evicted_is_dropped_and_so_overwritten() {
    let table = Table::with("ada", row(1));
    table.put("bob", row(2));
    table.put("eve", row(3));
    let limits = KeyLimits {
        max_keys: 1,
        ..KeyLimits::default()
    };
    let persons = Persons::new(table.clone(), limits);
    let held = async |user, number| -> Weak<SubjectKey> {
        let event = event_of(user, number);
        let token = event.data()["contact"]["sealed"].as_str().unwrap();
        match persons
            .share(&event, &Token::read(token, ID, "contact").unwrap())
            .await
        {
            Ok(Share::Secret(Secret(row))) => Arc::downgrade(&row),
            _ => panic!("no secret"),
        }
    };
    let ada = held("ada", 1).await;
    assert!(ada.upgrade().is_some());
    let bob = held("bob", 2).await;
    assert!(ada.upgrade().is_none(), "evicted");
    tokio::time::advance(FIVE_MINUTES).await;
    let gone = event_of("nobody", 4);
    let token = gone.data()["contact"]["sealed"].as_str().unwrap();
    table.put("nobody", SubjectKey::Erased);
    let erased = persons
        .share(&gone, &Token::read(token, ID, "contact").unwrap())
        .await;
    assert!(matches!(erased, Ok(Share::Erased)));
    assert!(bob.upgrade().is_none(), "too old");
}

#[tokio::test(start_paused = true)]
async fn a_tombstone_is_kept_for_good_and_a_full_cache_evicts_it() {
    let limits = KeyLimits {
        max_keys: 2,
        ..KeyLimits::default()
    };
    let table = Table::with("ada", SubjectKey::Erased);
    let (opener, _) = opener(Answers::Key, &table, limits);
    for _ in 0..3 {
        assert_eq!(open(&opener, &event_of("ada", 1)).await, Ok(Opened::Erased));
        tokio::time::advance(1_000 * FIVE_MINUTES).await;
    }
    assert_eq!(table.reads(), 1);
    for user in ["bob", "eve"] {
        table.put(user, SubjectKey::Erased);
        assert_eq!(open(&opener, &event_of(user, 1)).await, Ok(Opened::Erased));
    }
    let persons = opener.persons.as_ref().unwrap();
    assert_eq!(persons.kept().len(), 2);
    assert_eq!(open(&opener, &event_of("ada", 1)).await, Ok(Opened::Erased));
    assert_eq!(table.reads(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_slow_read_from_before_an_erasure_does_not_replace_the_tombstone() {
    let mut kept = KeptPersons::new(KeyLimits::default());
    let before = Instant::now();
    kept.put("ada", Arc::new(SubjectKey::Erased), before);
    kept.put("ada", Arc::new(row(1)), before);
    assert!(matches!(kept.get("ada").as_deref(), Some(SubjectKey::Erased)));
    kept.forget("ada");
    assert!(kept.get("ada").is_some(), "a tombstone is final");
}

#[tokio::test(start_paused = true)]
async fn a_missing_row_is_never_kept_and_may_pass() {
    let table = Table::default();
    let opener = granted(&table);
    for reads in 1..=3 {
        let missing = open(&opener, &event_of("ada", 1)).await;
        assert_eq!(missing, Err(Cause::SubjectKeyMissing));
        assert_eq!(table.reads(), reads);
    }
    table.put("ada", row(1));
    opens(&opener, &event_of("ada", 1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_kept_row_with_another_key_is_read_again_and_then_refused() {
    let table = Table::with("ada", row(1));
    let opener = granted(&table);
    opens(&opener, &event_of("ada", 1)).await;
    let moved = Err(Cause::Refused(OpenError::OtherEventOrClass));
    assert_eq!(open(&opener, &event_of("ada", 2)).await, moved);
    assert_eq!(table.reads(), 2);
    table.put("ada", row(2));
    opens(&opener, &event_of("ada", 2)).await;
    assert_eq!(open(&opener, &event_of("ada", 1)).await, moved);
}

#[tokio::test(start_paused = true)]
async fn an_erased_person_is_a_value_whatever_kms_answers_and_kms_is_not_asked() {
    for answers in [Answers::Key, Answers::Denied, Answers::Nothing] {
        let table = Table::with("ada", SubjectKey::Erased);
        let (opener, asked) = opener(answers, &table, KeyLimits::default());
        let opener = opener.require_named("contact");
        assert_eq!(open(&opener, &event_of("ada", 1)).await, Ok(Opened::Erased));
        assert_eq!(asked.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_class_that_is_not_granted_of_a_person_who_is_there_is_as_without_persons_keys() {
    let table = Table::with("ada", row(1));
    let (opener, _) = opener(Answers::Denied, &table, KeyLimits::default());
    assert_eq!(open(&opener, &event_of("ada", 1)).await, Ok(Opened::NotGranted));
    let opener = opener.require_named("contact");
    assert_eq!(open(&opener, &event_of("ada", 1)).await, Err(Cause::NotGranted));
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_person_in_an_event_about_no_user_is_refused_before_a_read() {
    for subject in ["attempts/attempt-1", "roles/role-1", "Users/ada", "user"] {
        let table = Table::default();
        let row = row(1);
        table
            .rows
            .lock()
            .unwrap()
            .insert(subject_key_name("/user-service", subject), row);
        let (opener, asked) = opener(Answers::Key, &table, KeyLimits::default());
        let refused = open(&opener, &event_about(subject, 1)).await;
        assert_eq!(
            refused,
            Err(Cause::Refused(OpenError::OtherEventOrClass)),
            "{subject}"
        );
        assert_eq!((table.reads(), asked.load(Ordering::Relaxed)), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_does_not_answer_is_a_failure_that_may_pass_and_is_not_kept() {
    let table = Table::with("ada", row(1));
    table.is_down.store(true, Ordering::Relaxed);
    let opener = granted(&table);
    let down = open(&opener, &event_of("ada", 1)).await.unwrap_err();
    assert_eq!(down, Cause::SubjectKeys(Some("InternalServerError".to_owned())));
    table.is_down.store(false, Ordering::Relaxed);
    opens(&opener, &event_of("ada", 1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_has_not_32_bytes_opens_nothing() {
    for length in [0, 31, 33] {
        let secret = SubjectKey::Secret {
            key_id: key_id(1),
            secret: Zeroizing::new(vec![1; length]),
        };
        let opener = granted(&Table::with("ada", secret));
        let refused = open(&opener, &event_of("ada", 1)).await;
        assert_eq!(refused, Err(Cause::Refused(OpenError::DoesNotOpen)), "{length}");
    }
}

#[test]
fn no_secret_is_printed() {
    let opener = granted(&Table::with("ada", row(77)));
    assert_eq!(format!("{opener:?}"), "Opener { .. }");
}
