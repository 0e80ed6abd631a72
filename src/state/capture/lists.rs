//! The driver as the reader's sink: events go the short way, blocks with lists
//! tell who is there before the first event.

use super::Driver;
use super::Visitor;
use crate::format::scap::block::BlockKind;
use crate::format::scap::event::RawEvent;
use crate::format::scap::{Short, Sink, fds, interfaces, machine, processes, section, users};
use crate::state::effects;

impl<V: Visitor> Sink for Driver<'_, V> {
    #[inline(always)]
    fn event(&mut self, event: RawEvent<'_>) {
        self.take(event);
    }

    fn block(&mut self, kind: BlockKind, body: &[u8]) -> Result<(), String> {
        self.summary.count_block(kind.name());
        self.world.threads.touch();
        let listed = &mut self.summary.listed;
        let short = |error: Short| error.to_string();
        match kind {
            BlockKind::Section => {
                self.restarted = !self.summary.sections.is_empty();
                self.summary.sections.push(section::parse(body).map_err(short)?);
                self.world.clear();
                self.pending = None;
                self.closed = None;
                self.listed = !self.world.threads.is_detailed();
                self.opening = true;
                self.calm = false;
            }
            BlockKind::Machine => self.summary.machine = machine::parse(body).map_err(short)?,
            BlockKind::Processes(version) => return self.processes(version, body),
            BlockKind::Fds(version) => return self.files(version, body),
            BlockKind::Users(version) => {
                let host = &mut self.world.host;
                users::parse(body, version, |account| {
                    listed.accounts += 1;
                    host.add_account(&account);
                })
                .map_err(short)?;
            }
            BlockKind::Interfaces(version) => {
                let host = &mut self.world.host;
                host.clear_interfaces();
                interfaces::parse(body, version, |interface| {
                    listed.interfaces += 1;
                    host.add_interface(&interface);
                })
                .map_err(short)?;
            }
            BlockKind::Event(_) | BlockKind::Unknown(_) => {}
        }
        Ok(())
    }

    fn done(&self) -> bool {
        self.visitor.done()
    }

    fn gap(&mut self) {
        self.world.threads.stop_clocks();
        self.visitor.gap();
    }
}

impl<V: Visitor> Driver<'_, V> {
    /// The open files of one thread.
    fn files(&mut self, version: u8, body: &[u8]) -> Result<(), String> {
        let tid = body.first_chunk().map_or(-1, |bytes| i64::from_le_bytes(*bytes));
        let slot = self.world.threads.find(tid).filter(|_| self.world.threads.is_detailed());
        let (world, listed) = (&mut self.world, &mut self.summary.listed);
        let each = |entry: fds::Fd<'_>| {
            listed.fds += 1;
            if let Some(slot) = slot {
                world.files_mut(slot).add(entry.fd, effects::listed_file(&entry));
            }
        };
        fds::parse(body, version, each).map(|_| ()).map_err(|error| error.to_string())
    }

    fn processes(&mut self, version: u8, body: &[u8]) -> Result<(), String> {
        let (threads, containers) = (&mut self.world.threads, &mut self.world.containers);
        let (mut count, mut tail) = (0, None);
        let result = processes::parse(body, version, |process| {
            count += 1;
            tail = Some(process.tail);
            threads.add_listed(&process, containers);
        });
        threads.listed();
        self.summary.listed.threads += count;
        self.summary.process_list_version = version;
        self.summary.process_tail = tail;
        result.map_err(|error| error.to_string())
    }
}
