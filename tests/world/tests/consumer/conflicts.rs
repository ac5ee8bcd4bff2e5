//! Transactions that conflict, with a server on loopback that answers like DynamoDB: the local engine has no conflicts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use user_events_consumer::{Claim, Committed, DynamoStore, Inbox, InboxSettings, ReceivedEvent, StoreError};
use user_events_local::clients::Clients;

use crate::messages::body;

/// An inbox at a server that refuses the first calls with this error, and accepts all others. Also returns the number of
/// calls that were made.
fn inbox(refused: usize, error: Value) -> Result<(Inbox<DynamoStore>, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    // It ends with the process.
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            let answer = if call < refused {
                (400, error.clone())
            } else {
                (200, json!({}))
            };
            connection
                .context("no connection")
                .and_then(|stream| serve(stream, answer))
                .ok();
        }
    });
    let store = DynamoStore::new(Clients::from_endpoint(&endpoint).dynamodb, "inbox");
    Ok((Inbox::new(store, InboxSettings::new("welcome"))?, calls))
}

/// Reads one request and answers it.
fn serve(mut stream: TcpStream, (status, body): (u16, Value)) -> Result<()> {
    let mut request = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        request.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    request.read_exact(&mut vec![0; length])?;
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} Answer\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes())?;
    Ok(())
}

fn cancelled(code: &str) -> Value {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": "Transaction cancelled",
        "CancellationReasons": [{ "Code": "None" }, { "Code": code }],
    })
}

fn event() -> Result<ReceivedEvent> {
    Ok(ReceivedEvent::from_message_body(&body("users/user-1", 1))?)
}

fn unavailable<T>(code: &str) -> Result<T, StoreError> {
    let code = Some(code.to_owned());
    Err(StoreError::Unavailable { code })
}

#[test]
async fn a_transaction_that_conflicts_or_is_throttled_is_tried_five_times_again_and_no_more() -> Result<()> {
    for code in [
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    ] {
        let (inbox, calls) = inbox(5, cancelled(code))?;
        assert_eq!(
            inbox.commit_in_order(&event()?, vec![]).await,
            Ok(Committed::Done)
        );
        assert_eq!(calls.load(Ordering::SeqCst), 6, "{code}");
    }
    let (inbox, calls) = inbox(6, cancelled("TransactionConflict"))?;
    let committed = inbox.commit_in_order(&event()?, vec![]).await;
    assert_eq!(committed, unavailable("TransactionConflict"));
    assert_eq!(calls.load(Ordering::SeqCst), 6);
    Ok(())
}

#[test]
async fn a_transaction_that_is_refused_for_another_reason_is_not_tried_again() -> Result<()> {
    let (inbox, calls) = inbox(1, cancelled("ValidationError"))?;
    let committed = inbox.commit_in_order(&event()?, vec![]).await;
    assert_eq!(committed, unavailable("TransactionCanceledException"));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    Ok(())
}

#[test]
async fn a_claim_that_conflicts_with_a_transaction_is_tried_again() -> Result<()> {
    let conflict = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
        "message": "Transaction is ongoing for the item",
    });
    let (inbox, calls) = inbox(2, conflict)?;
    assert!(matches!(inbox.claim(&event()?).await, Ok(Claim::Fresh(_))));
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    Ok(())
}
