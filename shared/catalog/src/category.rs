//! How a category lists its events.

/// A category: its name, its table, what its events are about, and one line per event, `file::Type`, in the order in
/// which one change publishes them. The line makes the file a module of the category, exports the type and registers it.
///
/// `cargo fmt` does not find files that a macro declares; a house rule checks them.
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
}
