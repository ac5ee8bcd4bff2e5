//! The edges of the engine in AWS, and checkpoints in files.

mod accounts;
mod attribute;
mod bucket;
mod export;
mod export_file;
mod folder;
mod manifest;
mod object;
mod partition;
mod queue;
mod refusal;
mod scan;

pub use accounts::AccountsTable;
pub use bucket::Bucket;
pub use export::Export;
pub use folder::Folder;
pub use manifest::ExportFolder;
pub use partition::Partition;
pub use queue::SnapshotQueue;
pub use scan::Scan;
