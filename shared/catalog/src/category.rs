//! How a category lists its events.

/// Declares a category: its name, its table, the description of its events, one line per event, `file::Type`, in
/// the order in which one change publishes them, and one per type of a snapshot. The line declares the file as a module of
/// the category, exports the type and registers it.
///
/// `cargo fmt` does not find files that a macro declares; a house rule checks their format.
macro_rules! category {
    ($name:literal, table: $table:literal, $description:literal, [ $( $file:ident::$event:ident ),+ $(,)? ]) => {
        $(
            mod $file;
            pub use $file::$event;
        )+

        /// The category: its name, its table, and its events in the order in which one change publishes them.
        pub const CATEGORY: user_events_core::Category = user_events_core::Category {
            name: $name,
            table: $table,
            description: $description,
            events: &[ $( user_events_core::Registration::new::<$event>() ),+ ],
        };
    };
    ($name:literal, table: $table:literal, $description:literal,
        [ $( $file:ident::$event:ident ),+ $(,)? ],
        snapshots: [ $( $snapshot_file:ident::$snapshot:ident ),+ $(,)? ]) => {
        $(
            mod $snapshot_file;
            pub use $snapshot_file::$snapshot;
        )+

        category! { $name, table: $table, $description, [ $( $file::$event ),+ ] }

        /// The types of the category's snapshots, which a backfill sends. No change is such an event, so the functions that
        /// publish changes do not link them.
        pub const SNAPSHOTS: user_events_core::Category = user_events_core::Category {
            name: $name,
            table: $table,
            description: $description,
            events: &[ $( user_events_core::Registration::new::<$snapshot>() ),+ ],
        };
    };
}
