//! Memory maps that survive a file being truncated while it is read. Captures
//! are often still written, rotated or cleaned up by somebody else, and a plain
//! map then ends the process with SIGBUS. Here a handler puts zero pages behind
//! the fault and notes where it was. This is the only file with `unsafe`.
#![allow(unsafe_code)]

use std::fs::File;
use std::mem::{MaybeUninit, transmute};
use std::ptr::{null, null_mut};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use libc::{c_int, c_void, siginfo_t};
use memmap2::{Advice, Mmap, MmapOptions, UncheckedAdvice};

/// How many maps can be live at once.
const SLOTS: usize = 64;
/// A slot with this start is free.
const FREE: usize = 0;
/// A slot with this start is being set up or torn down; no map starts here.
const CLAIMED: usize = 1;
/// `shrunk_at` of a map that had no fault.
const WHOLE: usize = usize::MAX;
/// Smallest page of any supported machine, for when the system does not say.
const SMALL_PAGE: usize = 4096;

/// One live map, readable by the signal handler.
struct Slot {
    /// Address of the first byte, or `FREE` or `CLAIMED`.
    start: AtomicUsize,
    /// Bytes of the map.
    len: AtomicUsize,
    /// Lowest offset in bytes at which a fault was caught, or `WHOLE`.
    shrunk_at: AtomicUsize,
}

impl Slot {
    const fn new() -> Self {
        Self {
            start: AtomicUsize::new(FREE),
            len: AtomicUsize::new(0),
            shrunk_at: AtomicUsize::new(WHOLE),
        }
    }
}

static TABLE: [Slot; SLOTS] = [const { Slot::new() }; SLOTS];
/// Bytes per page; set before the handler is installed.
static PAGE: AtomicUsize = AtomicUsize::new(SMALL_PAGE);
/// The handler that was there before ours; empty until ours is prepared.
static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();
/// Whether our handler could be installed.
static INSTALLED: OnceLock<bool> = OnceLock::new();

/// A whole file mapped into memory.
pub(super) struct Mapped {
    map: Mmap,
    slot: &'static Slot,
    file: Option<File>,
}

impl Mapped {
    /// Maps the first `len` bytes of `file`. `None` if that is not possible or
    /// not safe now: read the file like a stream instead.
    pub(super) fn new(file: &File, len: usize) -> Option<Self> {
        if !*INSTALLED.get_or_init(install) {
            return None;
        }
        let slot = claim()?;
        // SAFETY: the map is read only and private to this type. Another
        // process may change the file under it; the parsers treat every byte as
        // untrusted, and a truncation is caught by the handler above.
        let Ok(map) = (unsafe { MmapOptions::new().len(len).map(file) }) else {
            slot.start.store(FREE, Ordering::Release);
            return None;
        };
        slot.len.store(len, Ordering::Relaxed);
        slot.shrunk_at.store(WHOLE, Ordering::Relaxed);
        slot.start.store(map.as_ptr().addr(), Ordering::Release);
        // Only a hint, so it may fail.
        let _ = map.advise(Advice::Sequential);
        let file = file.try_clone().ok();
        Some(Self { map, slot, file })
    }

    /// All bytes of the file as it was when it was mapped.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Has the system map a range of pages at once, from the disk if need be.
    /// Without it each is a fault of its own.
    pub(super) fn populate(&self, from: usize, len: usize) {
        // Only a hint: what is not there yet is faulted in as it is read.
        let _ = self.map.advise_range(Advice::PopulateRead, from, len);
    }

    /// Gives the pages of a range back to the page cache; reading them again
    /// brings them back.
    pub(super) fn release(&self, from: usize, len: usize) {
        let within = page().saturating_sub(1);
        let start = from.saturating_add(within) & !within;
        let len = from.saturating_add(len).saturating_sub(start) & !within;
        if start < self.map.len() && len > 0 && len <= self.map.len().saturating_sub(start) {
            // SAFETY: the map is private, of a file, and never written to, so that
            // pages given up are read from the file again. Should that be shorter
            // by then, the handler below gives zeros, as for any other page.
            let _ =
                unsafe { self.map.unchecked_advise_range(UncheckedAdvice::DontNeed, start, len) };
        }
    }

    /// What went wrong under the map, if something did.
    pub(super) fn problem(&self) -> Option<String> {
        let fault = self.slot.shrunk_at.load(Ordering::Acquire);
        let size = self
            .file
            .as_ref()
            .and_then(|file| file.metadata().ok())
            .and_then(|metadata| usize::try_from(metadata.len()).ok());
        let shrunk_to = size.filter(|size| *size < self.map.len());
        let at = match (fault, shrunk_to) {
            (WHOLE, None) => return None,
            (WHOLE, Some(size)) => size,
            (_, None) if size.is_some() => {
                return Some(format!("a part of the file cannot be read (at byte {fault})"));
            }
            // The rest of the last page is zeros without a fault.
            (_, Some(size)) if size <= fault && fault.saturating_sub(size) < page() => size,
            _ => fault,
        };
        Some(format!("the file shrank while it was read (at byte {at})"))
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // Before the fields are dropped, which unmaps.
        self.slot.start.store(FREE, Ordering::Release);
    }
}

fn page() -> usize {
    PAGE.load(Ordering::Relaxed).max(SMALL_PAGE)
}

/// Takes a free slot of the table; `None` when all are in use.
fn claim() -> Option<&'static Slot> {
    TABLE.iter().find(|slot| {
        slot.start.compare_exchange(FREE, CLAIMED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    })
}

/// Installs the handler; true if it is in place.
fn install() -> bool {
    // SAFETY: sysconf has no preconditions.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    match usize::try_from(size) {
        Ok(size) if size.is_power_of_two() => PAGE.store(size, Ordering::Relaxed),
        _ => return false,
    }
    let mut previous = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null new action only asks; the old one is written to a valid place.
    if unsafe { libc::sigaction(libc::SIGBUS, null(), previous.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: zeroes are a valid sigaction, and the call above filled it in.
    let previous = unsafe { previous.assume_init() };
    // Kept before ours is installed, so that the handler always finds it.
    if PREVIOUS.set(previous).is_err() {
        return false;
    }
    // SAFETY: zeroes are a valid sigaction (default handler, empty mask).
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    action.sa_sigaction = on_sigbus as extern "C" fn(c_int, *mut siginfo_t, *mut c_void) as usize;
    // SAFETY: the action is valid, and the handler does only what a handler may:
    // atomics, mmap, sigaction and raise, with errno kept.
    unsafe { libc::sigaction(libc::SIGBUS, &raw const action, null_mut()) == 0 }
}

/// The handler of SIGBUS.
extern "C" fn on_sigbus(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: errno is thread-local and always there.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: the pointer above is valid in this thread.
    let kept = unsafe { *errno };
    // SAFETY: the kernel passes a valid siginfo_t to a handler with SA_SIGINFO.
    let caught = match unsafe { info.as_ref() } {
        // A positive code comes from the kernel: a fault, with an address.
        // SAFETY: for SIGBUS from the kernel, si_addr is filled in.
        Some(info) if info.si_code > 0 => put_zeros(unsafe { info.si_addr() }.addr()),
        _ => false,
    };
    if !caught {
        chain(signal, info, context);
    }
    // SAFETY: as above.
    unsafe { *errno = kept };
}

/// If `address` is in one of our maps, puts zero pages from there to its end.
fn put_zeros(address: usize) -> bool {
    for slot in &TABLE {
        let start = slot.start.load(Ordering::Acquire);
        let len = slot.len.load(Ordering::Acquire);
        let Some(offset) = address.checked_sub(start) else {
            continue;
        };
        // Another thread may be reusing this slot: then it is not the one sought.
        let changed = slot.start.load(Ordering::Acquire) != start;
        if start == FREE || start == CLAIMED || changed || offset >= len {
            continue;
        }
        let within = page().saturating_sub(1);
        let from = address & !within;
        let end = start.saturating_add(len).saturating_add(within) & !within;
        // SAFETY: the range is inside pages that our own live map owns (a map
        // starts at a page and reaches to the end of its last page; it is
        // unregistered before it is unmapped), so nobody else's memory is hit.
        let pages = unsafe {
            libc::mmap(
                from as *mut c_void,
                end.saturating_sub(from),
                libc::PROT_READ,
                libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if pages == libc::MAP_FAILED {
            return false;
        }
        slot.shrunk_at.fetch_min(offset, Ordering::AcqRel);
        return true;
    }
    false
}

/// Not ours: hands the signal to the handler before us, or dies of it.
fn chain(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    if let Some(previous) = PREVIOUS.get() {
        let handler = previous.sa_sigaction;
        if handler != libc::SIG_DFL && handler != libc::SIG_IGN {
            if previous.sa_flags & libc::SA_SIGINFO != 0 {
                // SAFETY: with SA_SIGINFO the address is of a function of this type.
                let call: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) =
                    unsafe { transmute(handler) };
                call(signal, info, context);
            } else {
                // SAFETY: without SA_SIGINFO the address is of a function of this type.
                let call: extern "C" fn(c_int) = unsafe { transmute(handler) };
                call(signal);
            }
            return;
        }
    }
    // SAFETY: both calls may be made in a handler. The signal is blocked until
    // the handler returns and then has its default effect.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}
