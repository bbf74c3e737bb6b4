//! Linux shared objects: what a package has when it was built for Lambda's own machines.

/// Whether this is one by its name (`x.so`, `x.so.1.2`, `x.cpython-313-x86_64-linux-gnu.so`) and by its first bytes, so
/// that neither a text called `.so` nor an extension module built for WebAssembly counts.
pub(super) fn is_native(path: &str, content: &[u8]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let versions = name.rsplit_once(".so").map(|(_, after)| after);
    versions.is_some_and(|after| after.split('.').skip(1).all(is_number) && (after.is_empty() || after.starts_with('.')))
        && content.starts_with(b"\x7fELF")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name_and_by_magic() {
        for (path, expected) in [
            ("a.so", true),
            ("lib/libz.so.1", true),
            ("lib/libz.so.1.2.13", true),
            ("numpy/core/_multiarray.cpython-313-x86_64-linux-gnu.so", true),
            ("a.sol", false),
            ("a.so.py", false),
            ("a.so.", false),
            ("a.so.1.", false),
            ("so", false),
            ("a.so/readme", false),
        ] {
            assert_eq!(is_native(path, b"\x7fELF\x02\x01"), expected, "{path}");
            assert!(!is_native(path, b"\0asm\x01\0\0\0"), "{path}");
            assert!(!is_native(path, b""), "{path}");
        }
    }
}
