//! What `Ref` and `Fn::GetAtt` give for a resource (AWS CloudFormation Template Reference, *Return values* of each type).

use serde_json::{Map, Value};

use super::model::Deployment;

/// A resource and the names that CloudFormation or its template gives it.
pub(super) struct Named<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) kind: &'a str,
    /// The name that AWS would choose, from the path.
    pub(super) generated: &'a str,
    /// Without functions. Only the properties that name the resource are needed.
    pub(super) properties: &'a Map<String, Value>,
}

impl Named<'_> {
    /// The property that holds its name.
    pub(super) fn naming(kind: &str) -> Option<&'static str> {
        Some(match kind {
            "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => "AlarmName",
            "AWS::CloudWatch::Dashboard" => "DashboardName",
            "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => "TableName",
            "AWS::Events::Rule" | "AWS::Scheduler::Schedule" | "AWS::SSM::Parameter" => "Name",
            "AWS::IAM::Role" => "RoleName",
            "AWS::IAM::ManagedPolicy" => "ManagedPolicyName",
            "AWS::KMS::Alias" => "AliasName",
            "AWS::Lambda::Function" | "AWS::Serverless::Function" => "FunctionName",
            "AWS::Logs::LogGroup" => "LogGroupName",
            "AWS::S3::Bucket" => "BucketName",
            "AWS::SNS::Topic" => "TopicName",
            "AWS::SQS::Queue" => "QueueName",
            _ => return None,
        })
    }

    fn name(&self) -> &str {
        let naming = Self::naming(self.kind);
        let given = naming.and_then(|naming| self.properties.get(naming)?.as_str());
        given.unwrap_or(self.generated)
    }

    fn arn_in(&self, service: &str, region: &str, account: &str, resource: &str) -> String {
        let partition = &self.deployment.partition;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    fn regional_arn(&self, service: &str, resource: &str) -> String {
        self.arn_in(
            service,
            &self.deployment.region,
            &self.deployment.account,
            resource,
        )
    }

    /// Its ARN, if its type has an attribute `Arn`, or a `Ref` that is one.
    pub(super) fn arn(&self) -> Option<String> {
        let name = self.name();
        let path = || {
            let path = self.properties.get("Path").and_then(Value::as_str);
            path.unwrap_or("/")
        };
        Some(match self.kind {
            "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => {
                self.regional_arn("cloudwatch", &format!("alarm:{name}"))
            }
            "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => {
                self.regional_arn("dynamodb", &format!("table/{name}"))
            }
            "AWS::Events::Rule" => self.regional_arn("events", &format!("rule/{name}")),
            "AWS::Scheduler::Schedule" => self.regional_arn("scheduler", &format!("schedule/default/{name}")),
            "AWS::IAM::Role" => {
                let resource = format!("role{}{name}", path());
                self.arn_in("iam", "", &self.deployment.account, &resource)
            }
            "AWS::IAM::ManagedPolicy" => {
                let resource = format!("policy{}{name}", path());
                self.arn_in("iam", "", &self.deployment.account, &resource)
            }
            "AWS::KMS::Key" => self.regional_arn("kms", &format!("key/{}", self.generated)),
            "AWS::Lambda::Function" | "AWS::Serverless::Function" => {
                self.regional_arn("lambda", &format!("function:{name}"))
            }
            "AWS::Lambda::LayerVersion" | "AWS::Serverless::LayerVersion" => {
                self.regional_arn("lambda", &format!("layer:{name}:1"))
            }
            // With the suffix for its streams, as `Fn::GetAtt` has it.
            "AWS::Logs::LogGroup" => self.regional_arn("logs", &format!("log-group:{name}:*")),
            "AWS::S3::Bucket" => self.arn_in("s3", "", "", name),
            "AWS::SNS::Subscription" => self.regional_arn("sns", &format!("{name}:subscription")),
            "AWS::SNS::Topic" => self.regional_arn("sns", name),
            "AWS::SQS::Queue" => self.regional_arn("sqs", name),
            _ => return None,
        })
    }

    /// What `Ref` gives.
    pub(super) fn reference(&self) -> String {
        match self.kind {
            "AWS::IAM::ManagedPolicy"
            | "AWS::Lambda::LayerVersion"
            | "AWS::Serverless::LayerVersion"
            | "AWS::SNS::Subscription"
            | "AWS::SNS::Topic" => self.arn().unwrap_or_default(),
            "AWS::SQS::Queue" => self.queue_url(),
            _ => self.name().to_owned(),
        }
    }

    fn queue_url(&self) -> String {
        let Deployment { region, account, .. } = self.deployment;
        let suffix = self.deployment.url_suffix();
        format!("https://sqs.{region}.{suffix}/{account}/{}", self.name())
    }

    /// What `Fn::GetAtt` gives. `None` if the renderer does not know the attribute of this type.
    pub(super) fn attribute(&self, attribute: &str) -> Option<String> {
        match (self.kind, attribute) {
            ("AWS::SNS::Topic", "TopicArn") | (_, "Arn") => self.arn(),
            ("AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable", "StreamArn") => {
                Some(format!("{}/stream/2026-01-01T00:00:00.000", self.arn()?))
            }
            ("AWS::SQS::Queue", "QueueName") | ("AWS::SNS::Topic", "TopicName") => {
                Some(self.name().to_owned())
            }
            ("AWS::SQS::Queue", "QueueUrl") => Some(self.queue_url()),
            ("AWS::KMS::Key", "KeyId") => Some(self.generated.to_owned()),
            ("AWS::SSM::Parameter", "Value" | "Type") => {
                let value = self.properties.get(attribute)?.as_str();
                value.map(str::to_owned)
            }
            ("AWS::IAM::Role", "RoleId") => Some(format!("AROA{}", self.generated)),
            ("AWS::S3::Bucket", "DomainName") => {
                Some(format!("{}.s3.{}", self.name(), self.deployment.url_suffix()))
            }
            _ => None,
        }
    }
}
