//! The Lambda function: the steps `plan`, `segment` and `finish` of a run, which a state machine calls.

mod deployment;
mod failed;
mod payload;
mod plan;
mod serve;
mod settings;
mod steps;

pub use deployment::{Deployment, Services};
pub use failed::StepFailed;
pub use payload::{
    FinishAnswer, FinishRequest, PlanAnswer, PlanRequest, Request, SegmentAnswer, SegmentRequest,
};
pub use serve::{StartError, run};
pub use settings::{Settings, TableSetting};
