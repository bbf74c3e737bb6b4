//! The machine that measures: what it is, and whether it has time.

use std::fs;
use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::bench::Machine;
use crate::function::iso_time;

/// How long this thread has waited for a core that something else had. Zero where the kernel does not tell.
pub(super) fn waited() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0))
}

/// The machine while something is measured.
pub(super) struct Watch {
    machine: Machine,
    ticks: Option<(u64, u64)>,
}

impl Watch {
    pub(super) fn start() -> Self {
        let load = fs::read_to_string("/proc/loadavg").ok().and_then(|text| text.split_whitespace().next()?.parse().ok());
        Self { machine: Machine { cores: cores(), load, ..Machine::default() }, ticks: ticks() }
    }

    pub(super) fn stop(self, control: Vec<Duration>) -> Machine {
        #[expect(clippy::cast_precision_loss, reason = "ticks of some minutes")]
        let stolen = self.ticks.zip(ticks()).map(|((all, stolen), (all_now, stolen_now))| {
            (stolen_now - stolen.min(stolen_now)) as f64 / (all_now.saturating_sub(all)).max(1) as f64
        });
        Machine { stolen, control, ..self.machine }
    }
}

/// Ticks of all cores since the machine started, and those of them that the hypervisor took.
fn ticks() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    // cpu  user nice system idle iowait irq softirq steal
    let numbers: Vec<u64> = text.lines().next()?.split_whitespace().skip(1).take(8).filter_map(|number| number.parse().ok()).collect();
    Some((numbers.iter().sum(), *numbers.get(7)?))
}

/// Cores that this process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// The processor, as the kernel names it.
pub(super) fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

/// Name and release.
pub(super) fn kernel() -> String {
    let read = |name: &str| fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default().trim().to_owned();
    format!("{} {}", read("ostype"), read("osrelease"))
}

/// Now, in UTC.
pub(super) fn date() -> String {
    iso_time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}
