//! `/proc` and `/sys`: files that say what the machine has and what the process is. They are made up here, from the
//! function's memory size and from what the guest itself has and does. Nothing of the host's is in them.
//!
//! Values that Lambda shows and that nothing depends on (the processor's model, the kernel's release) are those of its
//! x86-64 microVMs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::abi::FileType;

/// What the guest's C library gives as the process's number (`getpid`).
const PROCESS: &str = "42";
const RELEASE: &str = "5.10.240-268.1005.amzn2023.x86_64";
const VERSION: &str = "#1 SMP Mon Sep 8 12:00:00 UTC 2025";
/// As the C library's `uname`; AWS's are addresses of the link-local network.
pub(crate) const HOST_NAME: &str = "169.254.100.6";
const MODEL: &str = "Intel(R) Xeon(R) Processor @ 2.50GHz";

/// What the files are made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Machine {
    /// The function's memory size, in MiB.
    memory_size: u32,
    /// The environment that the process was started with: `NAME=value` and a zero for each.
    environment: Arc<[u8]>,
    /// Of the guest's memory, as it was when a host call last looked.
    resident: u64,
    /// Of the monotonic clock, in nanoseconds, likewise.
    now: u64,
}

/// A number of a file or folder in here: its place in [`NODES`].
pub(crate) type Generated = u8;

type Text = fn(&Machine) -> String;

#[derive(Clone, Copy)]
enum Node {
    Folder,
    /// The guest's descriptors, which are links; the file system adds them.
    Descriptors,
    Link(&'static str),
    File(Text),
    Bytes(fn(&Machine) -> Vec<u8>),
}

/// Paths from the root; each folder stands before what is in it.
const NODES: [(&str, Node); 66] = [
    ("/proc", Node::Folder),
    ("/proc/self", Node::Link(PROCESS)),
    ("/proc/thread-self", Node::Link("42/task/42")),
    ("/proc/42", Node::Folder),
    ("/proc/42/cgroup", Node::File(|_| "0::/\n".into())),
    ("/proc/42/cmdline", Node::File(|_| "/var/lang/bin/python3.13\0/var/runtime/bootstrap.py\0".into())),
    ("/proc/42/comm", Node::File(|_| "python3.13\n".into())),
    ("/proc/42/cwd", Node::Link("/var/task")),
    ("/proc/42/environ", Node::Bytes(|machine| machine.environment.to_vec())),
    ("/proc/42/exe", Node::Link("/var/lang/bin/python3.13")),
    ("/proc/42/fd", Node::Descriptors),
    ("/proc/42/limits", Node::File(limits)),
    ("/proc/42/maps", Node::File(maps)),
    ("/proc/42/mountinfo", Node::File(mount_information)),
    ("/proc/42/mounts", Node::File(mounts)),
    ("/proc/42/oom_score", Node::File(|_| "0\n".into())),
    ("/proc/42/oom_score_adj", Node::File(|_| "0\n".into())),
    ("/proc/42/root", Node::Link("/")),
    ("/proc/42/stat", Node::File(process_statistics)),
    ("/proc/42/statm", Node::File(process_memory)),
    ("/proc/42/status", Node::File(status)),
    ("/proc/42/task", Node::Folder),
    ("/proc/42/task/42", Node::Folder),
    ("/proc/42/task/42/comm", Node::File(|_| "python3.13\n".into())),
    ("/proc/42/task/42/stat", Node::File(process_statistics)),
    ("/proc/42/task/42/status", Node::File(status)),
    ("/proc/cmdline", Node::File(|_| "reboot=k panic=1 quiet\n".into())),
    ("/proc/cpuinfo", Node::File(processors)),
    ("/proc/filesystems", Node::File(|_| "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\n\text4\n".into())),
    ("/proc/loadavg", Node::File(|_| "0.00 0.00 0.00 1/1 42\n".into())),
    ("/proc/meminfo", Node::File(memory)),
    ("/proc/mounts", Node::Link("self/mounts")),
    ("/proc/stat", Node::File(statistics)),
    ("/proc/sys", Node::Folder),
    ("/proc/sys/fs", Node::Folder),
    ("/proc/sys/fs/file-max", Node::File(|_| "9223372036854775807\n".into())),
    ("/proc/sys/fs/pipe-max-size", Node::File(|_| "1048576\n".into())),
    ("/proc/sys/kernel", Node::Folder),
    ("/proc/sys/kernel/hostname", Node::File(|_| format!("{HOST_NAME}\n"))),
    ("/proc/sys/kernel/ngroups_max", Node::File(|_| "65536\n".into())),
    ("/proc/sys/kernel/osrelease", Node::File(|_| format!("{RELEASE}\n"))),
    ("/proc/sys/kernel/ostype", Node::File(|_| "Linux\n".into())),
    ("/proc/sys/kernel/pid_max", Node::File(|_| "32768\n".into())),
    ("/proc/sys/kernel/random", Node::Folder),
    ("/proc/sys/kernel/random/boot_id", Node::Bytes(|_| Vec::new())), // see `is_random`
    ("/proc/sys/kernel/random/entropy_avail", Node::File(|_| "256\n".into())),
    ("/proc/sys/kernel/random/poolsize", Node::File(|_| "256\n".into())),
    ("/proc/sys/kernel/random/uuid", Node::Bytes(|_| Vec::new())), // see `is_random`
    ("/proc/sys/kernel/threads-max", Node::File(|_| "1024\n".into())),
    ("/proc/sys/kernel/version", Node::File(|_| format!("{VERSION}\n"))),
    ("/proc/sys/net", Node::Folder),
    ("/proc/sys/net/core", Node::Folder),
    ("/proc/sys/net/core/somaxconn", Node::File(|_| "4096\n".into())),
    ("/proc/sys/vm", Node::Folder),
    ("/proc/sys/vm/overcommit_memory", Node::File(|_| "0\n".into())),
    ("/proc/sys/vm/swappiness", Node::File(|_| "60\n".into())),
    ("/proc/uptime", Node::File(uptime)),
    ("/proc/version", Node::File(|_| format!("Linux version {RELEASE} (mockbuild@amazon) {VERSION}\n"))),
    ("/sys", Node::Folder),
    ("/sys/devices", Node::Folder),
    ("/sys/devices/system", Node::Folder),
    ("/sys/devices/system/cpu", Node::Folder),
    ("/sys/devices/system/cpu/kernel_max", Node::File(|_| "127\n".into())),
    ("/sys/devices/system/cpu/online", Node::File(processor_range)),
    ("/sys/devices/system/cpu/possible", Node::File(processor_range)),
    ("/sys/devices/system/cpu/present", Node::File(processor_range)),
];

impl Machine {
    /// `memory_size` is the function's, in MB; `environment` what the process is started with.
    pub(crate) fn new(memory_size: u32, environment: &BTreeMap<String, String>) -> Self {
        let environment = environment.iter().flat_map(|(name, value)| format!("{name}={value}\0").into_bytes()).collect();
        Self { memory_size, environment, resident: 0, now: 0 }
    }

    /// Notes how much memory the guest has, in bytes, and what its monotonic clock shows, in nanoseconds.
    pub(crate) fn look(&mut self, resident: u64, now: u64) {
        (self.resident, self.now) = (resident, now);
    }

    /// As `os.cpu_count()` has been seen on Lambda; the C library has the same rule.
    fn processors(&self) -> usize {
        2 + [3008, 5307, 7076, 8845].iter().filter(|most| self.memory_size > **most).count()
    }

    fn total(&self) -> u64 {
        u64::from(self.memory_size) * 1024
    }

    fn resident_kib(&self) -> u64 {
        self.resident / 1024
    }
}

/// The root of `/proc`, or of `/sys`.
pub(crate) fn root(path: &str) -> Option<Generated> {
    find(path)
}

fn find(path: &str) -> Option<Generated> {
    NODES.iter().position(|(known, _)| *known == path).and_then(|at| u8::try_from(at).ok())
}

fn node(of: Generated) -> Option<(&'static str, Node)> {
    NODES.get(usize::from(of)).copied()
}

/// What has that name in a folder.
pub(crate) fn child(folder: Generated, name: &str) -> Option<Generated> {
    find(&format!("{}/{name}", node(folder)?.0))
}

/// Names and types of what is in a folder, but for descriptors.
pub(crate) fn children(folder: Generated) -> Vec<(String, Generated)> {
    let Some((path, _)) = node(folder) else { return Vec::new() };
    let name = |known: &str| known.strip_prefix(path)?.strip_prefix('/').filter(|rest| !rest.contains('/')).map(str::to_owned);
    (0..).zip(&NODES).filter_map(|(at, (known, _))| Some((name(known)?, at))).collect()
}

pub(crate) fn file_type(of: Generated) -> FileType {
    match node(of) {
        Some((_, Node::Folder | Node::Descriptors)) => FileType::Directory,
        Some((_, Node::Link(_))) => FileType::SymbolicLink,
        Some((_, Node::File(_) | Node::Bytes(_))) | None => FileType::RegularFile,
    }
}

/// Whether a folder has the guest's descriptors in it.
pub(crate) fn has_descriptors(of: Generated) -> bool {
    matches!(node(of), Some((_, Node::Descriptors)))
}

pub(crate) fn target(of: Generated) -> Option<&'static str> {
    match node(of) {
        Some((_, Node::Link(target))) => Some(target),
        Some((_, Node::Folder | Node::Descriptors | Node::File(_) | Node::Bytes(_))) | None => None,
    }
}

/// The path of a folder as programs write it.
pub(crate) fn shown_path(folder: Generated) -> &'static str {
    if path(folder) == "/proc/42" { "/proc/self" } else { path(folder) }
}

pub(crate) fn path(of: Generated) -> &'static str {
    node(of).map_or("/proc", |(path, _)| path)
}

/// Whether the file has a random number in it, each time another one (`true`), or one for each sandbox.
pub(crate) fn is_random(of: Generated) -> Option<bool> {
    match path(of) {
        "/proc/sys/kernel/random/uuid" => Some(true),
        "/proc/sys/kernel/random/boot_id" => Some(false),
        _ => None,
    }
}

/// What is in the file now.
pub(crate) fn content(of: Generated, machine: &Machine) -> Vec<u8> {
    match node(of) {
        Some((_, Node::File(text))) => text(machine).into_bytes(),
        Some((_, Node::Bytes(bytes))) => bytes(machine),
        Some((_, Node::Folder | Node::Descriptors | Node::Link(_))) | None => Vec::new(),
    }
}

/// As the kernel writes a random number: a UUID of version 4.
pub(crate) fn uuid(mut random: [u8; 16]) -> Vec<u8> {
    random[6] = random[6] & 0x0f | 0x40;
    random[8] = random[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(37);
    for (at, byte) in random.iter().enumerate() {
        let _ = write!(text, "{}{byte:02x}", if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" });
    }
    text.push('\n');
    text.into_bytes()
}

fn memory(machine: &Machine) -> String {
    let (total, used) = (machine.total(), machine.resident_kib());
    let free = total.saturating_sub(used);
    let lines: [(&str, u64); 17] = [
        ("MemTotal", total),
        ("MemFree", free),
        ("MemAvailable", free),
        ("Buffers", 0),
        ("Cached", 0),
        ("SwapCached", 0),
        ("Active", used.min(total)),
        ("Inactive", 0),
        ("SwapTotal", 0),
        ("SwapFree", 0),
        ("Dirty", 0),
        ("AnonPages", used.min(total)),
        ("Mapped", 0),
        ("Shmem", 0),
        ("Slab", 0),
        ("CommitLimit", total / 2),
        ("Committed_AS", used),
    ];
    lines.iter().fold(String::new(), |mut text, (name, kib)| {
        let _ = writeln!(text, "{:<16}{kib:>8} kB", format!("{name}:"));
        text
    })
}

fn processors(machine: &Machine) -> String {
    let count = machine.processors();
    (0..count).fold(String::new(), |mut text, number| {
        let _ = writeln!(
            text,
            "processor\t: {number}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 63\nmodel name\t: {MODEL}\n\
             stepping\t: 2\ncpu MHz\t\t: 2500.000\ncache size\t: 33792 KB\nphysical id\t: 0\nsiblings\t: {count}\ncore id\t\t: {number}\n\
             cpu cores\t: {count}\nfpu\t\t: yes\nflags\t\t: fpu tsc cx8 cmov mmx fxsr sse sse2 ssse3 sse4_1 sse4_2 avx f16c rdrand avx2\n\
             bogomips\t: 5000.00\nclflush size\t: 64\naddress sizes\t: 46 bits physical, 48 bits virtual\n"
        );
        text
    })
}

fn processor_range(machine: &Machine) -> String {
    format!("0-{}\n", machine.processors() - 1)
}

/// Hundredths of a second that the process has computed.
fn ticks(machine: &Machine) -> u64 {
    machine.now / 10_000_000
}

fn statistics(machine: &Machine) -> String {
    let used = ticks(machine);
    let mut text = format!("cpu  {used} 0 0 0 0 0 0 0 0 0\n");
    for number in 0..machine.processors() {
        let _ = writeln!(text, "cpu{number} {} 0 0 0 0 0 0 0 0 0", if number == 0 { used } else { 0 });
    }
    text + "intr 0\nctxt 0\nbtime 0\nprocesses 42\nprocs_running 1\nprocs_blocked 0\n"
}

fn uptime(machine: &Machine) -> String {
    let seconds = machine.now / 1_000_000_000;
    format!("{seconds}.{:02} 0.00\n", ticks(machine) % 100)
}

fn process_statistics(machine: &Machine) -> String {
    let (used, size, pages) = (ticks(machine), machine.resident, machine.resident / 4096);
    format!(
        "42 (python3.13) R 1 1 1 0 -1 4194304 0 0 0 0 {used} 0 0 0 20 0 1 0 0 {size} {pages} 18446744073709551615 \
         0 0 0 0 0 0 0 16781312 2 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
    )
}

fn process_memory(machine: &Machine) -> String {
    let pages = machine.resident / 4096;
    format!("{pages} {pages} 0 0 0 {pages} 0\n")
}

fn status(machine: &Machine) -> String {
    let (kib, user, group) = (machine.resident_kib(), super::scratch::USER, super::scratch::GROUP);
    format!(
        "Name:\tpython3.13\nUmask:\t0022\nState:\tR (running)\nTgid:\t42\nNgid:\t0\nPid:\t42\nPPid:\t1\nTracerPid:\t0\n\
         Uid:\t{user}\t{user}\t{user}\t{user}\nGid:\t{group}\t{group}\t{group}\t{group}\nFDSize:\t64\nGroups:\t{group}\n\
         VmPeak:\t{kib:>8} kB\nVmSize:\t{kib:>8} kB\nVmLck:\t       0 kB\nVmPin:\t       0 kB\nVmHWM:\t{kib:>8} kB\nVmRSS:\t{kib:>8} kB\n\
         RssAnon:\t{kib:>8} kB\nRssFile:\t       0 kB\nRssShmem:\t       0 kB\nVmData:\t{kib:>8} kB\nVmStk:\t     132 kB\nVmExe:\t       4 kB\n\
         VmLib:\t       0 kB\nVmPTE:\t       0 kB\nVmSwap:\t       0 kB\nThreads:\t1\nSigQ:\t0/742\n\
         NoNewPrivs:\t1\nSeccomp:\t2\nCpus_allowed_list:\t0-{}\nvoluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n",
        machine.processors() - 1
    )
}

fn maps(machine: &Machine) -> String {
    format!("00000000-{:08x} rw-p 00000000 00:00 0 {:>24}\n", machine.resident, "[heap]")
}

/// As the C library's `getrlimit` has them at the start.
fn limits(_: &Machine) -> String {
    let rows = [
        ("Max cpu time", "unlimited", "unlimited", "seconds"),
        ("Max file size", "unlimited", "unlimited", "bytes"),
        ("Max data size", "unlimited", "unlimited", "bytes"),
        ("Max stack size", "8388608", "unlimited", "bytes"),
        ("Max core file size", "unlimited", "unlimited", "bytes"),
        ("Max resident set", "unlimited", "unlimited", "bytes"),
        ("Max processes", "1024", "1024", "processes"),
        ("Max open files", "1024", "1024", "files"),
        ("Max locked memory", "65536", "65536", "bytes"),
        ("Max address space", "unlimited", "unlimited", "bytes"),
        ("Max file locks", "unlimited", "unlimited", "locks"),
        ("Max pending signals", "742", "742", "signals"),
        ("Max msgqueue size", "819200", "819200", "bytes"),
        ("Max nice priority", "0", "0", ""),
        ("Max realtime priority", "0", "0", ""),
        ("Max realtime timeout", "unlimited", "unlimited", "us"),
    ];
    rows.iter().fold(format!("{:<26}{:<21}{:<21}{:<10}\n", "Limit", "Soft Limit", "Hard Limit", "Units"), |mut text, row| {
        let _ = writeln!(text, "{:<26}{:<21}{:<21}{:<10}", row.0, row.1, row.2, row.3);
        text
    })
}

/// Device, folder, type, options.
const MOUNTS: [(&str, &str, &str, &str); 7] = [
    ("/dev/root", "/", "ext4", "ro,nosuid,nodev,relatime"),
    ("proc", "/proc", "proc", "ro,nosuid,nodev,noexec,relatime"),
    ("sysfs", "/sys", "sysfs", "ro,nosuid,nodev,noexec,relatime"),
    ("tmpfs", "/dev", "tmpfs", "rw,nosuid,noexec,relatime"),
    ("/dev/vdb", "/var/task", "ext4", "ro,nosuid,nodev,relatime"),
    ("/dev/vdc", "/opt", "ext4", "ro,nosuid,nodev,relatime"),
    ("/dev/vdd", "/tmp", "ext4", "rw,nosuid,nodev,relatime"),
];

fn mounts(_: &Machine) -> String {
    MOUNTS.iter().map(|(device, folder, kind, options)| format!("{device} {folder} {kind} {options} 0 0\n")).collect()
}

fn mount_information(_: &Machine) -> String {
    let line = |(number, (device, folder, kind, options)): (u32, &(&str, &str, &str, &str))| {
        let mode = options.split(',').next().unwrap_or("ro");
        format!("{number} {} 0:{number} / {folder} {options} - {kind} {device} {mode}\n", if number == 20 { 1 } else { 20 })
    };
    (20..).zip(&MOUNTS).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_before_what_is_in_them_and_all_is_found() {
        for (at, (path, _)) in (0..).zip(&NODES) {
            assert_eq!(find(path), Some(at), "{path} is there twice");
            if let Some((folder, name)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
                let folder = find(folder).expect(folder);
                assert!(folder < at && file_type(folder) == FileType::Directory, "{path}");
                assert_eq!(child(folder, name), Some(at));
                assert!(children(folder).contains(&(name.to_owned(), at)));
            }
        }
    }

    #[test]
    fn values_follow_from_the_memory_size() {
        let mut machine = Machine::new(512, &BTreeMap::from([("A".into(), "1".into())]));
        machine.look(64 << 20, 1_230_000_000);
        let text = |path: &str, machine: &Machine| String::from_utf8(content(find(path).expect(path), machine)).expect("text");
        assert!(text("/proc/meminfo", &machine).starts_with("MemTotal:         524288 kB\nMemFree:          458752 kB\n"));
        assert_eq!(text("/sys/devices/system/cpu/online", &machine), "0-1\n");
        assert_eq!(text("/proc/cpuinfo", &machine).matches("processor\t:").count(), 2);
        assert_eq!(text("/proc/uptime", &machine), "1.23 0.00\n");
        assert_eq!(text("/proc/42/statm", &machine), "16384 16384 0 0 0 16384 0\n");
        assert_eq!(text("/proc/42/environ", &machine), "A=1\0");
        assert_eq!(text("/proc/42/stat", &machine).split(' ').count(), 52);
        let large = Machine::new(10_240, &BTreeMap::new());
        assert_eq!(text("/sys/devices/system/cpu/online", &large), "0-5\n");
        assert_eq!(text("/proc/cpuinfo", &large).matches("processor\t:").count(), 6);
    }
}
