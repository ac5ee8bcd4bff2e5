//! S3: `PutObject` and `GetObject`, with the bucket in the path, as the SDK asks for where the host is an IP address.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};

use user_events_core::failed_records;

use super::behaviour::Endpoint;
use super::response::{status_of, xml_response};
use super::state::{State, StoredObject, lock};
use crate::simulator::Happening;

pub(super) async fn put_object(
    bucket: &str,
    key: &str,
    body: &[u8],
    process: u64,
    state: &State,
) -> Response<Full<Bytes>> {
    if let Some(code) = state.failure(Endpoint::S3).await {
        return error(code);
    }
    let object = StoredObject {
        bucket: bucket.to_owned(),
        encoded_key: key.to_owned(),
        body: String::from_utf8_lossy(body).into_owned(),
    };
    let mut objects = lock(&state.objects);
    objects.retain(|other| (&other.bucket, &other.encoded_key) != (&object.bucket, &object.encoded_key));
    objects.push(object.clone());
    drop(objects);
    let records = failed_records(&object.body).unwrap_or_default();
    state.world.note(Happening::Stored {
        process,
        object: object.body,
    });
    for record in records {
        let raw = record.get().to_owned();
        state.world.note(Happening::ParkedTold { process, raw });
    }
    xml_response(StatusCode::OK, String::new())
}

pub(super) async fn get_object(bucket: &str, key: &str, state: &State) -> Response<Full<Bytes>> {
    if let Some(code) = state.failure(Endpoint::S3).await {
        return error(code);
    }
    let objects = lock(&state.objects);
    let found = objects
        .iter()
        .find(|object| object.bucket == bucket && object.encoded_key == key);
    match found {
        Some(object) => Response::new(Full::new(Bytes::from(object.body.clone()))),
        None => error("NoSuchKey"),
    }
}

/// An error (Amazon S3 API Reference, *Error responses*).
fn error(code: &str) -> Response<Full<Bytes>> {
    let xml =
        format!("<Error><Code>{code}</Code><Message>injected</Message><RequestId>r</RequestId></Error>");
    xml_response(status_of(code), xml)
}
