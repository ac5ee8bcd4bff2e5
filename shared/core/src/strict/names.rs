//! The names of an object's members, each of which may come once.

use std::borrow::Cow;
use std::collections::HashSet;

/// An event has few members in each object, and comparing them all is faster than hashing.
pub(super) const FEW: usize = 24;

/// The names so far of all objects that are open.
#[derive(Debug)]
pub(super) struct Names<'a> {
    few: Vec<&'a str>,
    /// `false` for a text that was read before: its names are not looked at again.
    are_checked: bool,
}

/// The names so far of one object: the last ones of [`Names`], those beyond [`FEW`], and those with escapes.
#[derive(Debug)]
pub(super) struct ObjectNames<'a> {
    begin: usize,
    /// One bit for each name. Most names are new, and then their bit is, too.
    seen: u64,
    others: Option<HashSet<Cow<'a, str>>>,
}

impl<'a> Names<'a> {
    /// As many names as the open objects of an event have.
    const USUAL: usize = 32;

    pub(super) fn new() -> Self {
        Self {
            few: Vec::with_capacity(Self::USUAL),
            are_checked: true,
        }
    }

    /// Takes every name for a new one.
    pub(super) fn unchecked() -> Self {
        Self {
            few: Vec::new(),
            are_checked: false,
        }
    }

    /// The names of an object that is opened.
    #[inline]
    pub(super) fn open(&self) -> ObjectNames<'a> {
        ObjectNames {
            begin: self.few.len(),
            seen: 0,
            others: None,
        }
    }

    /// Adds a name to the object that was opened last. `false` when the object has it already.
    #[inline]
    pub(super) fn add(&mut self, object: &mut ObjectNames<'a>, name: &'a str) -> bool {
        if !self.are_checked {
            return true;
        }
        if !self.is_new(object, name) {
            return false;
        }
        if self.few.len() - object.begin < FEW {
            self.few.push(name);
        } else {
            object.add(Cow::Borrowed(name));
        }
        true
    }

    /// Adds a name that has escapes, like [`add`](Self::add).
    pub(super) fn add_unescaped(&mut self, object: &mut ObjectNames<'a>, name: &str) -> bool {
        if !self.are_checked {
            return true;
        }
        let is_new = self.is_new(object, name);
        if is_new {
            object.add(Cow::Owned(name.to_owned()));
        }
        is_new
    }

    #[inline]
    fn is_new(&self, object: &mut ObjectNames<'a>, name: &str) -> bool {
        let bit = bit(name);
        let is_new = object.seen & bit == 0 || !self.has(object, name);
        object.seen |= bit;
        is_new
    }

    fn has(&self, object: &ObjectNames<'a>, name: &str) -> bool {
        let few = self.few.get(object.begin..).unwrap_or_default();
        few.contains(&name) || object.others.as_ref().is_some_and(|others| others.contains(name))
    }

    /// Forgets the names of the object that was opened last.
    #[inline]
    pub(super) fn close(&mut self, object: &ObjectNames<'a>) {
        self.few.truncate(object.begin);
    }
}

impl<'a> ObjectNames<'a> {
    #[cold]
    fn add(&mut self, name: Cow<'a, str>) {
        self.others.get_or_insert_default().insert(name);
    }
}

/// One of 64 bits, by length, first and last byte. Equal names have the same bit.
#[inline]
fn bit(name: &str) -> u64 {
    let byte = |byte: Option<&u8>| byte.map_or(0, |byte| u32::from(*byte));
    let bytes = name.as_bytes();
    let mixed = (bytes.len() as u32) << 16 | byte(bytes.first()) << 8 | byte(bytes.last());
    // The highest six bits of a multiplicative hash (Knuth, *The Art of Computer Programming*, section 6.4).
    1 << (mixed.wrapping_mul(0x9e37_79b1) >> 26)
}
