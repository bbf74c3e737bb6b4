//! The interpreter's library: what is linked in works, what a sandbox cannot have says so.

use serde_json::json;

use crate::common::run;

#[test]
fn modules_that_handlers_import_can_be_imported() {
    let modules = "abc argparse array ast asyncio base64 binascii bisect bz2 calendar cmath codecs collections concurrent.futures \
        configparser contextlib contextvars copy csv ctypes ctypes.util dataclasses datetime decimal difflib dis email.mime.text enum \
        errno fcntl fnmatch fractions ftplib functools gc getpass gettext glob graphlib grp gzip hashlib heapq hmac html.parser \
        http.client http.cookies http.server imaplib importlib.metadata importlib.resources inspect io ipaddress itertools json linecache \
        locale logging.config logging.handlers lzma marshal math mimetypes mmap multiprocessing multiprocessing.pool \
        multiprocessing.shared_memory numbers operator os pathlib pdb pickle pkgutil platform plistlib pprint profile pwd queue quopri \
        random re reprlib resource runpy sched secrets select selectors shelve shlex shutil signal site smtplib socket socketserver sqlite3 \
        ssl stat statistics string stringprep struct subprocess symtable sys sysconfig syslog tarfile tempfile termios textwrap threading \
        time timeit token tokenize tomllib trace traceback tracemalloc types typing unicodedata unittest.mock urllib.parse urllib.request \
        uuid warnings wave weakref webbrowser wsgiref.simple_server xml.dom.minidom xml.etree.ElementTree xml.sax xmlrpc.client zipapp \
        zipfile zipimport zlib zoneinfo snapshot_restore_py";
    let names: Vec<&str> = modules.split_whitespace().collect();
    let answer = run("imports").event(&json!(names).to_string()).timeout("60").go();
    assert_eq!(answer.result(), &json!({}));
}

#[test]
fn the_library_works() {
    let answer = run("library").timeout("60").go();
    assert_eq!(
        answer.result(),
        &json!({
            "zlib": true, "gzip": true, "bz2": true, "lzma": true,
            "sqlite3": [499_500, 7],
            "xml": "text",
            "decimal": "0.1428571428571428571428571429",
            "unicodedata": "LATIN SMALL LETTER E WITH ACUTE",
            "zones": ["2:00:00", "-1 day, 16:00:00", true],
            "hashes": {
                "blake2b": "0909377ad35110ca", "blake2s": "ec308c07c83582c6", "md5": "9dd4e461268c8034", "sha1": "11f6ad8ec52a2984",
                "sha224": "54a2f7f92a5f975d", "sha256": "2d711642b726b044", "sha384": "d752c2c51fba0e29", "sha3_224": "63e6ceb28ad474fa",
                "sha3_256": "741efa311f976869", "sha3_384": "5abfc7bc2a09a612", "sha3_512": "0fdb27960308c514", "sha512": "a4abd4448c49562d",
            },
            "shake": "e472c5e394f30ff8",
            "pbkdf2": "632c2812e46d4604",
            "base85": "cVTmF",
        })
    );
}

#[test]
fn what_the_sandbox_cannot_do_says_so_when_it_is_used() {
    let answer = run("shims").timeout("20").go();
    let result = answer.result();
    let text = |name: &str| result[name].as_str().unwrap_or_else(|| panic!("{name} in {result:#}"));
    assert_eq!(result["tls context"], json!([true, "CERT_REQUIRED"]));
    for name in ["connect", "resolve", "url"] {
        assert!(text(name).contains("the sandbox has no network"), "{name}: {}", text(name));
    }
    assert_eq!(text("asyncio"), "worked: ['a', 'b']");
    assert!(
        text("native library").starts_with("OSError: ") && text("native library").contains("WebAssembly"),
        "{}",
        text("native library")
    );
    assert_eq!(result["struct size"], json!(4));
    assert!(text("process").contains("the sandbox has no processes"), "{}", text("process"));
    assert!(!text("multiprocessing").starts_with("worked"), "{}", text("multiprocessing"));
    assert_eq!(text("lock"), "worked: 'locked'");
    assert_eq!(text("mmap"), "worked: b'mapped'");
    assert_eq!(result["limits"], json!([1024, 1024]));
    assert_eq!(result["user"][0], json!(true));
}

/// What is expected is what glibc and CPython give for the same handler, but for the log.
#[test]
fn local_time_follows_tz() {
    let zones = ["CET-1CEST,M3.5.0,M10.5.0/3", ":America/New_York", "Australia/Sydney", "Nowhere/Land", ":UTC"];
    let answer = run("local_time").arguments(&["--env", "TZ=Europe/Berlin"]).event(&json!(zones).to_string()).go();
    let result = answer.result();
    let utc = json!(["12:00:00 UTC +0000", "12:00:00 UTC +0000", "00:59:59 UTC +0000", "01:00:00 UTC +0000"]);
    let clocks = [
        ("TZ", json!(["13:00:00 CET +0100", "14:00:00 CEST +0200", "01:59:59 CET +0100", "03:00:00 CEST +0200"])),
        (":America/New_York", json!(["07:00:00 EST -0500", "08:00:00 EDT -0400", "20:59:59 EDT -0400", "21:00:00 EDT -0400"])),
        ("Australia/Sydney", json!(["23:00:00 AEDT +1100", "22:00:00 AEST +1000", "11:59:59 AEDT +1100", "12:00:00 AEDT +1100"])),
        ("Nowhere/Land", utc.clone()),
        (":UTC", utc),
    ];
    for (zone, clocks) in clocks {
        let there = &result[zone];
        assert_eq!((&there["clocks"], &there["back"], &there["now"]), (&clocks, &json!(true), &json!(true)), "{zone}");
    }
    let berlin = &result["TZ"];
    assert_eq!(berlin["summer"], json!([0, 1, 0, 1]));
    assert_eq!(berlin["datetime"], json!(["2026-01-01 13:00:00", 1_782_900_000, "2026-07-01T12:00:00+02:00"]));
    assert_eq!(berlin["log"], json!("2026-07-01 12:00:00,000"), "AWS's client has logging write UTC");
    assert_eq!(berlin["names"], json!([["CET", "CEST"], -3600, -7200, 1]));
    assert_eq!(&result["CET-1CEST,M3.5.0,M10.5.0/3"], berlin, "POSIX's rules for the same");
    assert_eq!(result["Australia/Sydney"]["names"], json!([["AEST", "AEDT"], -36000, -39600, 1]));
}

#[test]
fn the_size_of_tmp_can_be_asked() {
    let answer = run("disk_usage").arguments(&["--ephemeral-storage", "700"]).go();
    let tmp: u64 = 700 << 20;
    let written = 4096 + 8192; // 1 and 5000 bytes
    let usage = |total: u64, used: u64| json!({"total": total, "used": used, "free": total - used});
    assert_eq!(answer.result(), &json!([usage(tmp, 0), usage(tmp, written), usage(4096, 4096), "statvfs", true]));
}

#[test]
fn a_program_finds_the_values_of_aws() {
    let answer = run("linux_values").arguments(&["--memory-size", "3009"]).go();
    let result = answer.result();
    let unsupported = "unsupported locale setting";
    // The first 32 bits of each hash of `x`, from OpenSSL 3.0.
    let hashes = json!({
        "sha512_256": ["sha512_256", "6a1db6c1"], "sha512_224": ["sha512_224", "a0fe24b4"], "ripemd160": ["ripemd160", "11ff33c6"],
        "sm3": ["sm3", "b9e036c0"], "md5-sha1": ["md5-sha1", "9dd4e461"], "blake2b512": ["blake2b", "0909377a"],
        "sha-256": ["sha256", "2d711642"], "SHA3-256": ["sha3_256", "741efa31"], "whirlpool": "unsupported hash type whirlpool",
    });
    assert_eq!(result["hashes"], hashes);
    assert_eq!(result["available"], json!(["md5-sha1", "ripemd160", "sha512_224", "sha512_256", "sm3"]));
    let locales = json!({
        "C": "C", "POSIX": "C", "C.UTF-8": "C.UTF-8", "de_DE.UTF-8": unsupported, "en_US.UTF-8": unsupported, "xxxxxxxxxxxx": unsupported,
        "": unsupported, // LANG is en_US.UTF-8, which the image lacks
    });
    assert_eq!(result["locales"], locales);
    assert_eq!(result["locale"], "C.UTF-8");
    // Without the days when summer begins and ends, those of the United States hold.
    let zones = json!({
        "GMT0BST": [["GMT", "BST"], 0, -3600, 10], "EST5EDT4": [["EST", "EDT"], 18000, 14400, 5],
        "AAA3BBB": [["AAA", "BBB"], 10800, 7200, 7], "XYZ-3": [["XYZ", "XYZ"], -10800, -10800, 12],
    });
    assert_eq!(result["zones"], zones);
    assert_eq!(result["terminal"], json!(["Inappropriate ioctl for device", 80]));
    assert_eq!(result["sockets"], json!([2, 10, 1, 1, 5, 1, 15, 4, true]));
    assert_eq!((&result["socket"], &result["addresses"]), (&json!([10, 2, 0.0]), &json!(["10.0.0.1"])));
    assert_eq!(result["processors"], json!([3, [0, 1, 2], 3, 5]), "three from 3,009 MB on");
}
