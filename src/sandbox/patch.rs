//! What an image has that another one has not: the difference between a function's memory and its interpreter's.
//!
//! Functions of one interpreter differ in less than one page in a hundred, and these pages in a few words: in links between objects
//! and in what the function itself made. So a difference has runs of words, not pages. The document's hello takes 31 KB
//! where its whole image takes 14 MB.

use std::io;
use std::ops::Range;

/// Bytes of a page of the host.
pub(super) const PAGE: usize = 4096;
/// Bytes that are looked at together.
const WORD: usize = 8;
/// Bytes of a run beside its data, when it is written.
const HEAD: usize = 8;

/// Runs of bytes that take the place of another memory's. What lies beyond the end of that memory is zero.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Patch {
    /// Where each run begins and how long it is, in ascending order and without overlaps. No run crosses the end of a page.
    runs: Box<[(u32, u32)]>,
    /// Their bytes, one run after the other.
    bytes: Box<[u8]>,
}

impl Patch {
    /// What `memory` has that `base` has not; `None` when they differ in more than `most` pages.
    pub(super) fn between(base: &[u8], memory: &[u8], most: usize) -> Option<Self> {
        let (mut runs, mut bytes, mut pages): (Vec<(u32, u32)>, Vec<u8>, usize) = (Vec::new(), Vec::new(), 0);
        for (number, page) in memory.chunks(PAGE).enumerate() {
            let start = number * PAGE;
            let before = page_of(base, start, page.len());
            if before[..page.len()] == *page {
                continue;
            }
            pages += 1;
            if pages > most {
                return None;
            }
            let mut last: Option<Range<usize>> = None;
            let mut add = |run: Range<usize>| {
                runs.push((u32::try_from(start + run.start).ok()?, u32::try_from(run.len()).ok()?));
                bytes.extend_from_slice(&page[run]);
                Some(())
            };
            for at in (0..page.len()).step_by(WORD) {
                let end = (at + WORD).min(page.len());
                if before[at..end] == page[at..end] {
                    continue;
                }
                last = match last {
                    // A run of its own would take more.
                    Some(run) if at - run.end <= HEAD => Some(run.start..end),
                    Some(run) => {
                        add(run)?;
                        Some(at..end)
                    }
                    None => Some(at..end),
                };
            }
            if let Some(run) = last {
                add(run)?;
            }
        }
        Some(Self { runs: runs.into(), bytes: bytes.into() })
    }

    /// Whether there is no difference.
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Bytes that it takes when it is written.
    pub(super) fn size(&self) -> usize {
        size_of::<u64>() + self.runs.len() * HEAD + self.bytes.len()
    }

    /// Its runs with their bytes.
    fn parts(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let mut rest = &self.bytes[..];
        self.runs.iter().map_while(move |&(at, length)| {
            let (bytes, after) = rest.split_at_checked(length as usize)?;
            rest = after;
            Some((at as usize, bytes))
        })
    }

    /// The pages that it changes, whole, as they are over `base`.
    pub(super) fn pages(&self, base: &[u8]) -> Pages {
        let (mut numbers, mut bytes): (Vec<usize>, Vec<u8>) = (Vec::new(), Vec::new());
        for (at, data) in self.parts() {
            let (number, within) = (at / PAGE, at % PAGE);
            if numbers.last() != Some(&number) {
                numbers.push(number);
                bytes.extend_from_slice(&page_of(base, number * PAGE, PAGE));
            }
            let start = bytes.len() - PAGE + within;
            if let Some(place) = bytes.get_mut(start..start + data.len()) {
                place.copy_from_slice(data);
            }
        }
        Pages { numbers: numbers.into(), bytes: bytes.into() }
    }

    /// As bytes for a file.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size());
        bytes.extend_from_slice(&(self.runs.len() as u64).to_le_bytes());
        for (at, length) in &self.runs {
            bytes.extend_from_slice(&at.to_le_bytes());
            bytes.extend_from_slice(&length.to_le_bytes());
        }
        bytes.extend_from_slice(&self.bytes);
        bytes
    }

    /// Reads what [`Patch::to_bytes`] wrote, for a memory of `size` bytes.
    ///
    /// # Errors
    /// When the runs are not in order, cross a page, lie outside of the memory or are not all there.
    pub(super) fn from_bytes(bytes: &[u8], size: usize) -> io::Result<Self> {
        let damaged = || io::Error::from(io::ErrorKind::InvalidData);
        let (count, rest) = bytes.split_at_checked(size_of::<u64>()).ok_or_else(damaged)?;
        let count = usize::try_from(u64::from_le_bytes(count.try_into().map_err(|_| damaged())?)).map_err(|_| damaged())?;
        let (heads, data) = count.checked_mul(HEAD).and_then(|length| rest.split_at_checked(length)).ok_or_else(damaged)?;
        let number = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes).map_err(|_| damaged());
        let (mut runs, mut end, mut total) = (Vec::with_capacity(count), 0, 0);
        for head in heads.chunks(HEAD) {
            let (at, length) = (number(&head[..4])?, number(&head[4..])?);
            let (start, length_here) = (at as usize, length as usize);
            if length == 0 || start < end || start + length_here > size || start % PAGE + length_here > PAGE {
                return Err(damaged());
            }
            end = start + length_here;
            total += length_here;
            runs.push((at, length));
        }
        if total != data.len() {
            return Err(damaged());
        }
        Ok(Self { runs: runs.into(), bytes: data.into() })
    }
}

/// A page of a memory; zeroes beyond its end.
fn page_of(memory: &[u8], start: usize, length: usize) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    let there = memory.get(start..).map_or(&[][..], |rest| &rest[..rest.len().min(length)]);
    page[..there.len()].copy_from_slice(there);
    page
}

/// Whole pages, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// In ascending order.
    numbers: Box<[usize]>,
    bytes: Box<[u8]>,
}

impl Pages {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// All of them, by their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.within(0..usize::MAX)
    }

    /// The pages with numbers in this range, with their bytes.
    pub(super) fn within(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &[u8])> {
        let first = self.numbers.partition_point(|number| *number < range.start);
        let numbers = self.numbers[first..].iter().copied();
        numbers.zip(self.bytes[first * PAGE..].chunks(PAGE)).take_while(move |(number, _)| *number < range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn memory(pages: usize, changes: &[(usize, u8)]) -> Vec<u8> {
        let mut memory: Vec<u8> = (0..pages * PAGE).map(|at| u8::try_from(at / 512 % 5).expect("below 5")).collect();
        for (at, byte) in changes {
            let at = at % memory.len();
            memory[at] = *byte;
        }
        memory
    }

    proptest! {
        #[test]
        fn what_is_read_back_makes_the_same_memory(
            sizes in (1_usize..6, 1_usize..6),
            changes in proptest::collection::vec((0_usize..6 * PAGE, any::<u8>()), 0..60),
        ) {
            let (base, wanted) = (memory(sizes.0, &[]), memory(sizes.1, &changes));
            let patch = Patch::between(&base, &wanted, 6).expect("few pages");
            prop_assert_eq!(patch.is_empty(), sizes.1 <= sizes.0 && base[..wanted.len()] == wanted[..]);
            let bytes = patch.to_bytes();
            prop_assert_eq!(bytes.len(), patch.size());
            let read = Patch::from_bytes(&bytes, wanted.len()).expect("as it was written");
            prop_assert_eq!(&read, &patch);
            let mut made = base.clone();
            made.resize(wanted.len(), 0);
            let pages = read.pages(&base);
            for (number, page) in pages.all() {
                made[number * PAGE..][..PAGE].copy_from_slice(page);
            }
            prop_assert!(made == wanted);
        }

        #[test]
        fn bytes_that_nobody_wrote_are_refused_or_lie_within_the_memory(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(patch) = Patch::from_bytes(&bytes, 2 * PAGE) {
                prop_assert!(patch.pages(&[]).all().all(|(number, page)| number < 2 && page.len() == PAGE));
            }
        }
    }

    #[test]
    fn only_words_are_kept_and_only_of_few_pages() {
        let base = memory(100, &[]);
        let changed = memory(100, &[(5 * PAGE + 3, 9), (5 * PAGE + 30, 9), (5 * PAGE + 2000, 9), (80 * PAGE - 1, 9)]);
        let patch = Patch::between(&base, &changed, 2).expect("two pages");
        assert_eq!(patch.runs[..], [(5 * 4096, 8), (5 * 4096 + 24, 8), (5 * 4096 + 2000, 8), (80 * 4096 - 8, 8)]);
        assert!(Patch::between(&base, &changed, 1).is_none());
        let pages = patch.pages(&base);
        assert_eq!(pages.within(6..100).map(|(number, _)| number).collect::<Vec<_>>(), [79]);
        for (at, byte) in [(0, 9), (12, 0), (12, 255), (15, 1), (11, 255)] {
            let mut bytes = patch.to_bytes();
            bytes[at] = byte;
            assert!(Patch::from_bytes(&bytes, changed.len()).is_err(), "byte {at} is {byte}");
        }
    }
}
