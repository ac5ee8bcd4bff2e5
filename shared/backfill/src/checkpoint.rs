//! The checkpoint of a segment: how far it is, what it counted, and the page that may not have arrived.

use serde::{Deserialize, Serialize};
use user_events_core::Time;

use crate::counts::{Counts, MAX_UNFIT_ROWS, UnfitRow};
use crate::edge::queue::Message;
use crate::edge::source::Position;
use crate::run::Run;
use crate::segment::Segment;
use crate::selection::Selection;

/// The format of checkpoints that this version writes and reads.
pub const FORMAT: u32 = 1;

/// The checkpoint of a segment. Personal data in it is sealed; the position and the rows that do not fit hold keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    /// [`FORMAT`].
    pub version: u32,
    /// The run.
    pub run: String,
    /// When the run began.
    pub started_at: String,
    /// The segment.
    #[serde(flatten)]
    pub segment: Segment,
    /// Which events the run sends.
    pub selection: Selection,
    /// The position after the last page that was made.
    pub next: Option<Position>,
    /// Whether that was the last page.
    pub read: bool,
    /// What was read and made.
    pub counts: Counts,
    /// The first [`MAX_UNFIT_ROWS`] rows that do not fit.
    pub unfit_rows: Vec<UnfitRow>,
    /// The messages of the last page, as long as some of them may not have arrived.
    pub page: Option<Vec<Message>>,
}

/// The part of a checkpoint that says whether the rest can be read.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Checkpoint {
    /// The checkpoint of a segment of which nothing was read.
    pub(crate) fn new(run: &Run, segment: &Segment, selection: &Selection) -> Self {
        Self {
            version: FORMAT,
            run: run.id.to_string(),
            started_at: run.started_at.to_string(),
            segment: segment.clone(),
            selection: selection.clone(),
            next: None,
            read: false,
            counts: Counts::default(),
            unfit_rows: Vec::new(),
            page: None,
        }
    }

    /// Reads the checkpoint of a segment of a run.
    ///
    /// Fails with what is wrong with it and how to mend that.
    pub(crate) fn read(
        json: &[u8],
        run: &Run,
        segment: &Segment,
        selection: &Selection,
    ) -> Result<Self, String> {
        let Version { version } = serde_json::from_slice(json).map_err(|_| {
            "it is no JSON of a checkpoint: restore it, or start a new run, which sends every row again"
                .to_owned()
        })?;
        if version != FORMAT {
            return Err(format!(
                "its format is version {version}, and this program reads version {FORMAT}: go on with the program that \
                 wrote it, or start a new run"
            ));
        }
        let read: Self = serde_json::from_slice(json).map_err(|_| {
            "members of it are missing or have other types: restore it, or start a new run, which sends every row again"
                .to_owned()
        })?;
        if read.run != run.id.as_str() {
            return Err(
                "it belongs to another run: name that run, or choose another place for the checkpoints"
                    .to_owned(),
            );
        }
        if read.segment != *segment {
            return Err(
                "it belongs to another segment or another number of segments: go on with the same number, or start a new run"
                    .to_owned(),
            );
        }
        if read.selection != *selection {
            return Err(
                "the run began with other categories, types, user or filter: go on with the same, or start a new run".to_owned(),
            );
        }
        Ok(read)
    }

    /// Whether everything was read and sent.
    pub fn is_done(&self) -> bool {
        self.read && self.page.is_none()
    }

    /// When the run began; `None` if the text is no time.
    pub(crate) fn started_at(&self) -> Option<Time> {
        Time::parse(&self.started_at)
    }

    /// Adds rows that do not fit, as long as there is room to name them.
    pub(crate) fn add_unfit(&mut self, rows: impl IntoIterator<Item = UnfitRow>) {
        let room = MAX_UNFIT_ROWS.saturating_sub(self.unfit_rows.len());
        self.unfit_rows.extend(rows.into_iter().take(room));
    }
}
