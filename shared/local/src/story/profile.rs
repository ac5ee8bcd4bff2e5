//! Anna's profile, addresses and consent.

use anyhow::Result;
use serde_json::json;

use super::teller::Teller;

const PROFILES: &str = "profiles";

pub(super) fn profile(story: &mut Teller) -> Result<()> {
    let (pk, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    story.put(
        "Anna fills in her profile",
        PROFILES,
        json!({
            "pk": pk, "sk": "PROFILE", "firstName": "Anna", "lastName": "Example", "displayName": "anna",
            "dateOfBirth": "1990-04-01", "avatarUrl": "https://img.example.com/anna.png",
            "preferredLanguage": "en", "timezone": "Europe/London", "version": 1,
            "updatedAt": "2026-03-01T08:10:00Z",
        }),
        &[("UserProfileUpdatedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna changes her display name",
        PROFILES,
        [&pk, "PROFILE"],
        json!({ "displayName": "Anna E.", "version": 2, "updatedAt": "2026-03-01T08:12:00Z" }),
        &[("UserProfileUpdatedEventV1", anna.clone())],
    )?;
    story.put(
        "Anna adds her home as the default address",
        PROFILES,
        json!({
            "pk": pk, "sk": "ADDRESS#home", "addressType": "BOTH", "isDefault": true, "label": "Home",
            "recipientName": "Anna Example", "line1": "1 Example Street", "line2": "Flat 2",
            "city": "Exampleton", "region": "Exampleshire", "postalCode": "EX1 1EX", "countryCode": "GB",
            "phoneNumber": "+1-202-555-0101", "updatedAt": "2026-03-01T08:15:00Z",
        }),
        &[("UserAddressAddedEventV1", anna.clone())],
    )?;
    story.put(
        "Anna adds her office address",
        PROFILES,
        json!({
            "pk": pk, "sk": "ADDRESS#office", "addressType": "SHIPPING", "isDefault": false, "label": "Office",
            "line1": "2 Sample Road", "city": "Exampleton", "postalCode": "EX2 2EX", "countryCode": "GB",
            "updatedAt": "2026-03-01T08:16:00Z",
        }),
        &[("UserAddressAddedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna's home is no longer her default address",
        PROFILES,
        [&pk, "ADDRESS#home"],
        json!({ "isDefault": false, "updatedAt": "2026-03-01T08:17:00Z" }),
        &[("UserAddressUpdatedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna's office is her default address",
        PROFILES,
        [&pk, "ADDRESS#office"],
        json!({ "isDefault": true, "line2": "Second floor", "updatedAt": "2026-03-01T08:17:00Z" }),
        &[("UserAddressUpdatedEventV1", anna.clone())],
    )?;
    story.delete(
        "Anna deletes the office address",
        PROFILES,
        [&pk, "ADDRESS#office"],
        &[("UserAddressDeletedEventV1", anna.clone())],
    )?;
    story.put(
        "Anna agrees to the newsletter",
        PROFILES,
        json!({
            "pk": pk, "sk": "CONSENT#MARKETING_EMAIL", "granted": true, "policyVersion": "2026-01",
            "source": "PROFILE_PAGE", "updatedAt": "2026-03-01T08:20:00Z",
        }),
        &[("UserConsentChangedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna withdraws her consent",
        PROFILES,
        [&pk, "CONSENT#MARKETING_EMAIL"],
        json!({ "granted": false, "updatedAt": "2026-03-01T08:25:00Z" }),
        &[("UserConsentChangedEventV1", anna)],
    )
}
