//! Rendered stacks as the judge needs them: who exists, what exists, and which statements belong to each.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};
use user_events_tests::render::{Rendered, Resource};

use super::judge::{Caller, Place, Request, Statement, Verdict, decide};

/// The file of statements that no template and no page has.
pub(super) const INVENTED: &str = "the tests";
/// The end of the ARN of every stream in the tests.
const STREAM_LABEL: &str = "2026-01-01T00:00:00.000";

/// Who can ask.
#[derive(Debug, Clone)]
pub(super) struct Who {
    caller: Caller,
    identity: Vec<Statement>,
    /// What every request of this caller has.
    circumstances: BTreeMap<String, Value>,
}

/// What can be asked for.
#[derive(Debug, Clone)]
struct Thing {
    arn: String,
    owner: String,
    /// The ARN of the resource whose policy counts: a record's is the bucket.
    holder: String,
}

/// Accounts with roles and resources.
#[derive(Debug, Clone, Default)]
pub(super) struct Cloud {
    // Shared, because each weakening has a cloud of its own.
    who: BTreeMap<String, Arc<Who>>,
    things: Arc<BTreeMap<String, Thing>>,
    /// The statements of resources, by ARN.
    attached: BTreeMap<String, Arc<Vec<Statement>>>,
    /// The statements of roles, by ARN, that stacks attach.
    identity: Arc<BTreeMap<String, Vec<Statement>>>,
    /// The ARN of each role, by its name.
    roles: Arc<BTreeMap<String, String>>,
    /// The tags of each role, by its ARN.
    tags: Arc<BTreeMap<String, Vec<(String, String)>>>,
}

impl Cloud {
    /// Adds the policies of a stack's resources.
    ///
    /// Fails if a resource has a policy that the judge does not know.
    pub(super) fn deploy(&mut self, rendered: &Rendered) -> Result<()> {
        for (_, role) in rendered.of_kind("AWS::IAM::Role") {
            let arn = role.arn.clone().context("a role has an ARN")?;
            Arc::make_mut(&mut self.roles).insert(role.reference.clone(), arn.clone());
            let tags = role.property("Tags").as_array().into_iter().flatten();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let tags = tags.map(|tag| (text(&tag["Key"]), text(&tag["Value"])));
            Arc::make_mut(&mut self.tags).insert(arn, tags.collect());
        }
        for (path, resource) in &rendered.resources {
            let found = documents(&Value::Object(resource.members.clone()));
            let mut judged = 0;
            for (holders, document, policy) in self.policies(rendered, resource)? {
                judged += 1;
                let statements = statements(resource, policy.as_deref(), &document)?;
                for (kind, holder) in holders {
                    let statements = statements.clone();
                    match kind {
                        Holder::Role => {
                            let of = Arc::make_mut(&mut self.identity);
                            of.entry(holder).or_default().extend(statements);
                        }
                        Holder::Resource => self.attach(&holder, statements),
                    }
                }
            }
            ensure!(
                found == judged,
                "{path} has {found} policies, and {judged} are judged"
            );
        }
        Ok(())
    }

    /// The policies of a resource: who holds each, its document, and its name if the resource has several.
    fn policies(&self, rendered: &Rendered, resource: &Resource) -> Result<Vec<Found>> {
        let document = || resource.property("PolicyDocument").clone();
        let own = || resource.arn.clone().context("it has no ARN");
        let on = |arns: Vec<String>| arns.into_iter().map(|arn| (Holder::Resource, arn)).collect();
        Ok(match resource.kind.as_str() {
            "AWS::IAM::Role" => {
                let trust = resource.property("AssumeRolePolicyDocument").clone();
                let managed = resource.property("ManagedPolicyArns");
                ensure!(managed.is_null(), "a policy of AWS is not judged");
                let mut all: Vec<Found> = vec![(on(vec![own()?]), trust, Some("trust".to_owned()))];
                for policy in resource.property("Policies").as_array().into_iter().flatten() {
                    let name = policy["PolicyName"].as_str().map(str::to_owned);
                    let held = vec![(Holder::Role, own()?)];
                    all.push((held, policy["PolicyDocument"].clone(), name));
                }
                all
            }
            "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => {
                let names = texts(resource.property("Roles"));
                let roles: Result<Vec<_>> = names
                    .into_iter()
                    .map(|name| {
                        let arn = self.roles.get(&name).cloned();
                        Ok((
                            Holder::Role,
                            arn.with_context(|| format!("there is no role {name}"))?,
                        ))
                    })
                    .collect();
                vec![(roles?, document(), None)]
            }
            "AWS::SNS::TopicPolicy" => vec![(on(texts(resource.property("Topics"))), document(), None)],
            "AWS::SQS::QueuePolicy" => {
                let urls = texts(resource.property("Queues"));
                let queues = rendered.of_kind("AWS::SQS::Queue");
                let arns = queues.filter(|(_, queue)| urls.contains(&queue.reference));
                let arns = arns.filter_map(|(_, queue)| queue.arn.clone()).collect();
                vec![(on(arns), document(), None)]
            }
            "AWS::S3::BucketPolicy" => {
                let bucket = resource.property("Bucket").as_str().unwrap_or_default();
                vec![(on(vec![format!("arn:aws:s3:::{bucket}")]), document(), None)]
            }
            "AWS::DynamoDB::Table" => {
                let arn = own()?;
                let stream = format!("{arn}/stream/{STREAM_LABEL}");
                let streams = resource.property("StreamSpecification");
                let policies = [
                    (arn, resource.property("ResourcePolicy"), None),
                    (stream, &streams["ResourcePolicy"], Some("stream".to_owned())),
                ];
                let given = policies.into_iter().filter(|(_, policy, _)| !policy.is_null());
                given
                    .map(|(arn, policy, name)| (on(vec![arn]), policy["PolicyDocument"].clone(), name))
                    .collect()
            }
            "AWS::KMS::Key" => vec![(on(vec![own()?]), resource.property("KeyPolicy").clone(), None)],
            _ => Vec::new(),
        })
    }

    /// Attaches statements to the resource with this ARN.
    pub(super) fn attach(&mut self, arn: &str, statements: Vec<Statement>) {
        let of = self.attached.entry(arn.to_owned()).or_default();
        Arc::make_mut(of).extend(statements);
    }

    /// Gives a key that no stack has the policy that leaves all to IAM.
    pub(super) fn iam_decides(&mut self, key: &str) -> Result<()> {
        let arn = self.arn(key)?.to_owned();
        let account = arn.split(':').nth(4).unwrap_or_default();
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": account }, "Action": "kms:*", "Resource": "*" },
        ] });
        self.attach(&arn, of_document(INVENTED, key, &policy)?);
        Ok(())
    }

    /// Names a resource.
    pub(super) fn name(&mut self, name: &str, arn: &str, owner: &str) {
        self.name_within(name, arn, arn, owner);
    }

    /// Names something within a resource, such as an object in a bucket.
    pub(super) fn name_within(&mut self, name: &str, arn: &str, holder: &str, owner: &str) {
        let thing = Thing {
            arn: arn.to_owned(),
            owner: owner.to_owned(),
            holder: holder.to_owned(),
        };
        Arc::make_mut(&mut self.things).insert(name.to_owned(), thing);
    }

    /// Names a role that a stack creates.
    ///
    /// Fails if no stack did.
    pub(super) fn name_role(&mut self, name: &str, arn: &str) -> Result<()> {
        ensure!(self.roles.values().any(|role| role == arn), "no stack has {arn}");
        let identity = self.identity.get(arn).cloned().unwrap_or_default();
        self.role(name, arn, identity);
        for (tag, value) in self.tags.get(arn).cloned().unwrap_or_default() {
            self.always(name, &format!("aws:PrincipalTag/{tag}"), &value)?;
        }
        Ok(())
    }

    /// Adds a role with these statements.
    pub(super) fn role(&mut self, name: &str, arn: &str, identity: Vec<Statement>) {
        let account = arn.split(':').nth(4).unwrap_or_default();
        let mut circumstances = usual();
        circumstances.insert("aws:PrincipalArn".to_owned(), arn.into());
        circumstances.insert("aws:PrincipalAccount".to_owned(), account.into());
        circumstances.insert("aws:PrincipalIsAWSService".to_owned(), "false".into());
        let caller = Caller::Role(arn.to_owned());
        let who = Who {
            caller,
            identity,
            circumstances,
        };
        self.who.insert(name.to_owned(), Arc::new(who));
    }

    /// Adds a service of AWS. Its requests have no `aws:PrincipalArn` and no `aws:PrincipalAccount`.
    pub(super) fn service(&mut self, name: &str, principal: &str) {
        let mut circumstances = usual();
        circumstances.insert("aws:PrincipalIsAWSService".to_owned(), "true".into());
        circumstances.insert("aws:PrincipalServiceName".to_owned(), principal.into());
        let caller = Caller::Service(principal.to_owned());
        let who = Who {
            caller,
            identity: Vec::new(),
            circumstances,
        };
        self.who.insert(name.to_owned(), Arc::new(who));
    }

    /// Adds something that every request of a caller has. Fails if there is no such caller.
    pub(super) fn always(&mut self, who: &str, key: &str, value: &str) -> Result<()> {
        let who = self.who.get_mut(who).context("nobody has this name")?;
        let circumstances = &mut Arc::make_mut(who).circumstances;
        circumstances.insert(key.to_owned(), value.into());
        Ok(())
    }

    /// The ARN of a thing.
    pub(super) fn arn(&self, thing: &str) -> Result<&str> {
        let found = self.things.get(thing);
        Ok(&found.with_context(|| format!("nothing is called {thing}"))?.arn)
    }

    /// Decides a request.
    pub(super) fn decide(
        &self,
        who: &str,
        action: &str,
        thing: &str,
        when: &[(String, Value)],
    ) -> Result<Verdict<'_>> {
        let asking = self.who.get(who);
        let asking = asking.with_context(|| format!("nobody is called {who}"))?;
        let asked = self.things.get(thing);
        let asked = asked.with_context(|| format!("nothing is called {thing}"))?;
        let mut circumstances = asking.circumstances.clone();
        for (key, value) in when {
            circumstances.insert(key.clone(), value.clone());
        }
        let attached = self
            .attached
            .get(&asked.holder)
            .map_or(&[][..], |attached| attached.as_slice());
        let verdict = decide(&Request {
            caller: &asking.caller,
            identity: &asking.identity,
            action,
            resource: &asked.arn,
            owner: &asked.owner,
            attached,
            circumstances: &circumstances,
        });
        verdict.with_context(|| format!("{who}: {action}: {thing}"))
    }

    /// All statements, each once for each place where it is declared.
    pub(super) fn statements(&self) -> impl Iterator<Item = &Statement> {
        let of_roles = self.who.values().flat_map(|who| &who.identity);
        let of_resources = self.attached.values().flat_map(|attached| attached.iter());
        of_resources.chain(of_roles)
    }

    /// The statements that are declared here.
    pub(super) fn at(&self, place: &Place) -> impl Iterator<Item = &Statement> {
        self.statements()
            .filter(move |statement| statement.place == *place)
    }

    /// Those who hold a statement that is declared here, and the things whose policy has it.
    pub(super) fn concerned(&self, place: &Place) -> (Vec<&str>, Vec<&str>) {
        let has = |statements: &[Statement]| statements.iter().any(|statement| statement.place == *place);
        let who = self.who.iter().filter(|(_, who)| has(&who.identity));
        let things = self.things.iter().filter(|(_, thing)| {
            let attached = self.attached.get(&thing.holder);
            attached.is_some_and(|attached| has(attached))
        });
        (
            who.map(|(name, _)| name.as_str()).collect(),
            things.map(|(name, _)| name.as_str()).collect(),
        )
    }

    /// The same cloud with the statements of a place changed, or without them.
    pub(super) fn with(&self, place: &Place, change: &dyn Fn(&Value) -> Option<Value>) -> Result<Self> {
        let has = |statements: &[Statement]| statements.iter().any(|statement| statement.place == *place);
        let mut changed = self.clone();
        for who in changed.who.values_mut().filter(|who| has(&who.identity)) {
            let who = Arc::make_mut(who);
            who.identity = with(&who.identity, place, change)?;
        }
        for attached in changed.attached.values_mut().filter(|attached| has(attached)) {
            *attached = Arc::new(with(attached, place, change)?);
        }
        Ok(changed)
    }
}

fn with(
    statements: &[Statement],
    place: &Place,
    change: &dyn Fn(&Value) -> Option<Value>,
) -> Result<Vec<Statement>> {
    let mut changed = Vec::new();
    for statement in statements {
        if statement.place != *place {
            changed.push(statement.clone());
        } else if let Some(raw) = change(&statement.raw) {
            changed.push(Statement::new(statement.place.clone(), raw)?);
        }
    }
    Ok(changed)
}

#[derive(Debug, Clone, Copy)]
enum Holder {
    Role,
    Resource,
}

type Found = (Vec<(Holder, String)>, Value, Option<String>);

/// What a request has unless a row says otherwise.
fn usual() -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("aws:SecureTransport".to_owned(), json!("true")),
        ("aws:ViaAWSService".to_owned(), json!("false")),
    ])
}

/// How many policy documents are in a value.
fn documents(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(documents).sum(),
        Value::Object(members) => {
            let own = usize::from(members.contains_key("Statement"));
            own + members.values().map(documents).sum::<usize>()
        }
        _ => 0,
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// The statements of a policy document.
fn statements(resource: &Resource, policy: Option<&str>, document: &Value) -> Result<Vec<Statement>> {
    let (file, name) = &resource.declared;
    let name = match policy {
        Some(policy) => format!("{name} ({policy})"),
        None => name.clone(),
    };
    of_document(file, &name, document)
}

/// The statements of a policy document that this resource of this file has.
///
/// Fails if the document has another version, or none, or two statements with one `Sid`.
pub(super) fn of_document(file: &str, resource: &str, document: &Value) -> Result<Vec<Statement>> {
    let within = || format!("{file}: {resource}");
    ensure!(document["Version"] == "2012-10-17", "{}: the version", within());
    let raw = match &document["Statement"] {
        Value::Array(items) => items.clone(),
        Value::Object(one) => vec![Value::Object(Map::clone(one))],
        _ => bail!("{}: no statements", within()),
    };
    let mut all: Vec<Statement> = Vec::new();
    for (index, raw) in raw.into_iter().enumerate() {
        let sid = raw["Sid"].as_str().map(str::to_owned);
        let place = Place {
            file: file.to_owned(),
            resource: resource.to_owned(),
            statement: sid.unwrap_or_else(|| format!("statement {}", index + 1)),
        };
        let twice = all.iter().any(|other| other.place == place);
        ensure!(!twice, "{place} is there twice");
        all.push(Statement::new(place, raw)?);
    }
    Ok(all)
}
