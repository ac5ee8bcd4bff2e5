//! The deployment: what a run works with, from the settings and the plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_config::BehaviorVersion;
use user_events_aws::{DataKeys, DynamoSubjectKeys, KmsKeys, Persons, now};

use super::failed::StepFailed;
use super::payload::PlanRequest;
use super::plan::{Plan, reads_partition, tables};
use super::settings::Settings;
use crate::aws::{AccountsTable, Bucket, Export, ExportFolder, Partition, Scan, SnapshotQueue};
use crate::backfill::{Backfill, Edges, Table};
use crate::edge::accounts::Accounts;
use crate::edge::source::Source;
use crate::options::Options;
use crate::run::RunId;

/// A deployment: its settings, and its services.
#[derive(Debug)]
pub struct Deployment {
    pub(super) settings: Settings,
    services: Services,
}

/// The services that the function uses.
#[derive(Debug, Clone)]
pub struct Services {
    /// DynamoDB; tables of another region are read there.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// KMS, for data keys.
    pub kms: aws_sdk_kms::Client,
    /// S3, for what a run saves, and for exports.
    pub s3: aws_sdk_s3::Client,
    /// SQS, for the snapshot queue.
    pub sqs: aws_sdk_sqs::Client,
}

impl Services {
    /// The services of the function's account.
    pub(super) async fn connect() -> Self {
        let sdk = aws_config::defaults(BehaviorVersion::latest()).load().await;
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&sdk),
            kms: aws_sdk_kms::Client::new(&sdk),
            s3: aws_sdk_s3::Client::new(&sdk),
            sqs: aws_sdk_sqs::Client::new(&sdk),
        }
    }
}

impl Deployment {
    /// A deployment with these settings.
    pub fn new(settings: Settings, services: Services) -> Self {
        Self { settings, services }
    }

    /// Where a run is saved.
    pub(super) fn bucket(&self, run: &RunId) -> Bucket {
        Bucket::new(
            self.services.s3.clone(),
            self.settings.bucket.clone(),
            format!("runs/{run}"),
        )
    }

    /// The exports that a run reads, by the names of their tables.
    pub(super) async fn exports(
        &self,
        request: &PlanRequest,
    ) -> Result<BTreeMap<String, Export>, StepFailed> {
        let mut exports = BTreeMap::new();
        for (table, url) in &request.exports {
            let subscribed_at = request.subscribed_at.ok_or_else(|| {
                StepFailed::unusable(
                    "`subscribedAt` is missing: with an export, say when the live queue was subscribed",
                )
            })?;
            let at = ExportFolder::from_url(url).ok_or_else(|| {
                StepFailed::unusable(
                    "`exports` has an address that is none: write s3://bucket/prefix/AWSDynamoDB/<id>",
                )
            })?;
            let export = Export::open(self.services.s3.clone(), &at, subscribed_at).await?;
            if export.table() != table {
                return Err(StepFailed::unusable(
                    "an export is of another table than `exports` says: correct its name",
                ));
            }
            exports.insert(table.clone(), export);
        }
        Ok(exports)
    }

    /// The run of a plan, with its edges.
    pub(super) async fn backfill(&self, plan: &Plan) -> Result<Backfill, StepFailed> {
        let settings = &self.settings;
        let mut exports = self.exports(&plan.request).await?;
        let source = |table: &super::settings::TableSetting, export: Option<Export>| -> Arc<dyn Source> {
            let client = self.tables_of(&table.region);
            match (export, &plan.request.user_id) {
                (Some(export), _) => Arc::new(export),
                (None, Some(user)) if reads_partition(&plan.request, settings, table) => {
                    Arc::new(Partition::new(client, user))
                }
                _ => Arc::new(Scan::new(client)),
            }
        };
        let tables = tables(settings, &plan.selection).into_iter().map(|table| Table {
            name: table.name.clone(),
            region: table.region.clone(),
            categories: table.categories(),
            source: source(table, exports.remove(&table.name)),
        });
        let tables = tables.collect();
        let source = KmsKeys::new(self.services.kms.clone(), settings.seal_key_arn.clone());
        let edges = Edges {
            tables,
            queue: Arc::new(SnapshotQueue::new(
                self.services.sqs.clone(),
                plan.request.queue_url.clone(),
            )),
            checkpoints: Arc::new(self.bucket(&plan.request.run)),
            keys: Arc::new(DataKeys::new(source, settings.key_limits)),
            accounts: self.accounts(),
            persons: self.persons(),
            clock: Arc::new(now),
        };
        let options = Options {
            rate: plan.rate,
            ..Options::default()
        };
        Ok(Backfill::new(
            plan.run(),
            plan.selection.clone(),
            settings.publication.clone(),
            settings.mapping.clone(),
            edges,
            options,
        ))
    }

    /// The accounts table of the native layout. `None` if a mapping is for it.
    fn accounts(&self) -> Option<Arc<dyn Accounts>> {
        let mapping = self.settings.mapping.as_ref();
        let native = |name: &str| mapping.and_then(|mapping| mapping.table(name)).is_none();
        let has_accounts = |name: &Option<String>| name.as_ref().is_none_or(|name| name == "account");
        let mut tables = self.settings.tables.iter();
        let table = tables.find(|table| has_accounts(&table.category) && native(&table.name))?;
        let client = self.tables_of(&table.region);
        Some(Arc::new(AccountsTable::new(client, table.name.clone())))
    }

    fn persons(&self) -> Option<Persons> {
        let table = self.settings.subject_keys_table.clone()?;
        let store = DynamoSubjectKeys::new(self.services.dynamodb.clone(), table);
        let source = &self.settings.publication.source;
        Some(if self.settings.seals_for_persons {
            Persons::sealing(store, source)
        } else {
            Persons::tombstones(store, source)
        })
    }

    /// DynamoDB in the region of a table.
    fn tables_of(&self, region: &str) -> aws_sdk_dynamodb::Client {
        let region = aws_config::Region::new(region.to_owned());
        let config = self.services.dynamodb.config().to_builder().region(region);
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }
}
