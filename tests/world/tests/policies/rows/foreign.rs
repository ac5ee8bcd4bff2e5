//! Other accounts: those that the deployment names may subscribe their own queues, and open the classes that it names.

use super::super::settings::{CATEGORIES, CLASSES};
use super::super::table::{Table, When, always, class, context, in_plaintext, when};
use super::actions::{BUCKET, KEY, OBJECT, QUEUE, STREAM, TOPIC};

/// An administrator of another account, its number, and the classes that its account may open.
type Admin = (&'static str, &'static str, &'static [&'static str]);

const FOREIGN: Admin = ("foreign administrator", "999999999999", &[]);
const PARTNER: &str = "partner's administrator";
const OTHER: &str = "other partner's administrator";
const MEMBER: &str = "member's administrator";

pub(super) fn rows(table: &mut Table) {
    table.setting("plain");
    for admin in [
        FOREIGN,
        (PARTNER, "222222222222", &[]),
        (MEMBER, "444444444444", &[]),
    ] {
        subscribes(table, admin, false);
        opens(table, admin, false);
        touches_nothing_else(table, admin.0);
    }
    table.setting("accounts, guarded");
    let partner: Admin = (PARTNER, "222222222222", &["contact", "identity", "network"]);
    let other: Admin = (OTHER, "333333333333", &["identity", "address"]);
    for admin in [partner, other] {
        subscribes(table, admin, true);
        opens(table, admin, true);
        touches_nothing_else(table, admin.0);
    }
    for admin in [FOREIGN, (MEMBER, "444444444444", &[])] {
        subscribes(table, admin, false);
        opens(table, admin, true);
    }
    partners_consumer(table);
    organization(table);
}

/// Two deployments with an organization: each class once for it, and once for an account.
fn organization(table: &mut Table) {
    for (setting, member_opens, partner_opens) in [
        (
            "organization",
            &["contact", "identity"][..],
            // An account of the organization, too.
            &["contact", "identity"][..],
        ),
        (
            "organization and accounts",
            &["address", "network"],
            &["contact", "address", "network"],
        ),
    ] {
        table.setting(setting);
        let member: Admin = (MEMBER, "444444444444", member_opens);
        let partner: Admin = (PARTNER, "222222222222", partner_opens);
        for admin in [member, partner] {
            subscribes(table, admin, true);
            opens(table, admin, false);
            touches_nothing_else(table, admin.0);
        }
        for admin in [FOREIGN, (OTHER, "333333333333", &[])] {
            subscribes(table, admin, false);
            opens(table, admin, false);
        }
        for name in CLASSES {
            // The organization is no grant within the own account, and none in others.
            for who in ["role without grants", "member's role without grants"] {
                table.only(who, &[], &KEY, "seal key", &class(name));
            }
        }
        for who in ["role without grants", "member's role without grants"] {
            for category in CATEGORIES {
                let topic = format!("{category} topic");
                let own = subscribing("sqs", "arn:aws:sqs:eu-west-1:111111111111:any");
                table.deny(who, "sns:Subscribe", &topic, own);
                table.deny(who, "sns:GetTopicAttributes", &topic, always());
                let member = subscribing("sqs", "arn:aws:sqs:eu-west-1:444444444444:any");
                table.deny(who, "sns:Subscribe", &topic, member);
            }
        }
        for category in CATEGORIES {
            let topic = format!("{category} topic");
            let own = subscribing("sqs", "arn:aws:sqs:eu-west-1:111111111111:any");
            table.allow("administrator", "sns:Subscribe", &topic, own);
        }
    }
}

fn subscribing(protocol: &str, endpoint: &str) -> When {
    when(&[("sns:Protocol", protocol), ("sns:Endpoint", endpoint)])
}

fn subscribes(table: &mut Table, (who, account, _): Admin, may: bool) {
    let subscribe = "sns:Subscribe";
    for category in CATEGORIES {
        let topic = format!("{category} topic");
        let queue = format!("arn:aws:sqs:eu-west-1:{account}:theirs");
        let allowed: &[_] = if may {
            &["sns:Subscribe", "sns:GetTopicAttributes"]
        } else {
            &[]
        };
        table.only(who, allowed, &TOPIC, &topic, &subscribing("sqs", &queue));
        let mut plaintext = subscribing("sqs", &queue);
        plaintext.extend(in_plaintext());
        table.deny(who, subscribe, &topic, plaintext);
        for (protocol, endpoint) in [
            ("sqs", "arn:aws:sqs:eu-west-1:111111111111:newsletter"),
            ("sqs", "arn:aws:sqs:eu-west-1:555555555555:another"),
            (
                "lambda",
                &format!("arn:aws:lambda:eu-west-1:{account}:function:theirs"),
            ),
            ("https", "https://example.com/"),
            ("email", "somebody@example.com"),
        ] {
            table.deny(who, subscribe, &topic, subscribing(protocol, endpoint));
        }
    }
}

/// The classes of an account, for an administrator who may do everything there. The guard asks for a tag besides.
fn opens(table: &mut Table, (who, _, classes): Admin, guarded: bool) {
    let key = "seal key";
    for name in CLASSES {
        let own = classes.contains(&name);
        let allowed: &[_] = if own && !guarded { &["kms:Decrypt"] } else { &[] };
        table.only(who, allowed, &KEY, key, &class(name));
        if guarded {
            let mut tagged = class(name);
            tagged.extend(when(&[(
                "aws:PrincipalTag/user-events-classes",
                ":contact:identity:address:network:",
            )]));
            let allowed: &[_] = if own { &["kms:Decrypt"] } else { &[] };
            table.only(who, allowed, &KEY, key, &tagged);
        }
        let other_app = context(&[("app", "other"), ("class", name)]);
        let no_app = context(&[("class", name)]);
        for circumstances in [other_app, no_app] {
            let mut tagged = circumstances;
            let tag = format!(":{name}:");
            tagged.extend(when(&[("aws:PrincipalTag/user-events-classes", &tag)]));
            table.deny(who, "kms:Decrypt", key, tagged);
        }
    }
    table.only(who, &[], &KEY, key, &always());
}

/// Another account has no business with anything else.
fn touches_nothing_else(table: &mut Table, who: &str) {
    for queue in ["parked queue", "redrive queue", "newsletter queue"] {
        table.only(who, &[], &QUEUE, queue, &always());
    }
    table.only(who, &[], &OBJECT, "failed record", &always());
    table.only(who, &[], &BUCKET, "failure bucket", &always());
    table.only(who, &[], &KEY, "messaging key", &always());
    table.only(who, &[], &KEY, "tables' key", &always());
    table.only(who, &[], &STREAM, "accounts stream", &always());
}

/// A role of another account needs a grant of its own account as well.
fn partners_consumer(table: &mut Table) {
    for name in CLASSES {
        let allowed: &[_] = if ["contact", "identity"].contains(&name) {
            &["kms:Decrypt"]
        } else {
            &[]
        };
        table.only("partner consumer", allowed, &KEY, "seal key", &class(name));
        let mut tagged = class(name);
        tagged.extend(when(&[(
            "aws:PrincipalTag/user-events-classes",
            &format!(":{name}:"),
        )]));
        table.only("partner's role without grants", &[], &KEY, "seal key", &tagged);
        let mut other_tag = class(name);
        other_tag.extend(when(&[("aws:PrincipalTag/user-events-classes", ":other:")]));
        table.deny("partner consumer", "kms:Decrypt", "seal key", other_tag);
    }
}
