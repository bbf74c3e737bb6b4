//! What kind of address one is, however it is spelled.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address range that is not the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Services that hand out the machine's credentials: 169.254.169.254 and its like at other clouds and for containers.
    Metadata,
    /// This machine.
    Loopback,
    /// RFC 1918, carrier-grade NAT, unique local addresses.
    Private,
    /// Neighbours on the same link.
    LinkLocal,
    /// Unspecified, multicast, documentation, benchmarks and everything else that no server on the internet has.
    Reserved,
}

impl Range {
    /// As a sentence calls it: "a private address".
    pub fn describe(self) -> &'static str {
        match self {
            Self::Metadata => "a metadata service",
            Self::Loopback => "this machine",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::Reserved => "a reserved address",
        }
    }
}

/// Metadata services: AWS (instances, containers, pods), Azure, Alibaba, Oracle.
const METADATA_V4: [Ipv4Addr; 6] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: [Ipv6Addr; 2] = [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)];

/// The range that an address lies in; `None` for the public internet. An IPv6 address that carries an IPv4 one (mapped,
/// compatible, NAT64, 6to4) is never better than that one.
pub fn range_of(address: IpAddr) -> Option<Range> {
    match address.to_canonical() {
        IpAddr::V4(address) => range_of_v4(address),
        IpAddr::V6(address) => range_of_v6(address),
    }
}

fn range_of_v4(address: Ipv4Addr) -> Option<Range> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        _ if METADATA_V4.contains(&address) => Range::Metadata,
        (127, ..) => Range::Loopback,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Range::Private,
        (169, 254, _) => Range::LinkLocal,
        (0 | 224..=255, ..) | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) => Range::Reserved,
        _ => return None,
    })
}

fn range_of_v6(address: Ipv6Addr) -> Option<Range> {
    let [s0, s1, s2, ..] = address.segments();
    if METADATA_V6.contains(&address) {
        return Some(Range::Metadata);
    }
    if address == Ipv6Addr::LOCALHOST {
        return Some(Range::Loopback);
    }
    if let Some(inner) = embedded_v4(address) {
        // Such a form of a public address is not one that a resolver gives: reserved at least.
        return Some(range_of_v4(inner).unwrap_or(Range::Reserved));
    }
    Some(match (s0, s1, s2) {
        (0xfc00..=0xfdff, ..) => Range::Private,
        (0xfe80..=0xfebf, ..) => Range::LinkLocal,
        // Global unicast is 2000::/3, but for what is set aside in it: Teredo and other protocols, documentation.
        (0x2001, 0..=0x01ff | 0x0db8, _) | (0x3fff, 0..=0x0fff, _) => Range::Reserved,
        (0x2000..=0x3fff, ..) => return None,
        _ => Range::Reserved,
    })
}

/// The IPv4 address in one that only carries it: `::a.b.c.d`, NAT64's two prefixes, 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let v4 = |at: usize| Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3]);
    match address.segments() {
        [0, 0, 0, 0, 0, 0, _, _] if address != Ipv6Addr::UNSPECIFIED => Some(v4(12)),
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0x64, 0xff9b, 1, ..] => Some(v4(12)),
        [0x2002, ..] => Some(v4(2)),
        _ => None,
    }
}

/// The address that a text stands for where C libraries take it for one: four numbers, but also `2130706433`, `0x7f.1`,
/// `0177.0.0.1`, an IPv6 address with or without brackets and zone. `None`: it is a name.
pub fn numeric_address(text: &str) -> Option<IpAddr> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let (inner, _zone) = inner.split_once('%').unwrap_or((inner, ""));
    if let Ok(address) = inner.parse::<IpAddr>() {
        return Some(address);
    }
    let parts: Vec<u64> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|part| *part > 255) || *last >= 1 << (8 * (4 - first.len())) {
        return None;
    }
    let high = first.iter().enumerate().map(|(i, part)| part << (8 * (3 - i))).sum::<u64>();
    u32::try_from(high | last).ok().map(|bits| Ipv4Addr::from_bits(bits).into())
}

/// As C reads a number: `0x` for hexadecimal digits, a leading zero for octal ones.
fn number(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.strip_prefix("0x") {
        Some("") => return Some(0),
        Some(digits) => (digits, 16),
        None if lower.len() > 1 && lower.starts_with('0') => (&lower[1..], 8),
        None => (&*lower, 10),
    };
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| char::from(byte).is_digit(radix));
    are_digits.then(|| u64::from_str_radix(digits, radix).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn ranges() {
        for (text, want) in [
            ("8.8.8.8", None),
            ("52.219.1.1", None),
            ("172.15.0.1", None),
            ("172.32.0.1", None),
            ("100.63.0.1", None),
            ("100.128.0.1", None),
            ("2600:1f18::1", None),
            ("2001:4860:4860::8888", None),
            ("169.254.169.254", Some(Range::Metadata)),
            ("169.254.170.2", Some(Range::Metadata)),
            ("168.63.129.16", Some(Range::Metadata)),
            ("fd00:ec2::254", Some(Range::Metadata)),
            ("::ffff:169.254.169.254", Some(Range::Metadata)),
            ("64:ff9b::a9fe:a9fe", Some(Range::Metadata)),
            ("2002:a9fe:a9fe::1", Some(Range::Metadata)),
            ("::169.254.169.254", Some(Range::Metadata)),
            ("127.0.0.1", Some(Range::Loopback)),
            ("127.255.255.254", Some(Range::Loopback)),
            ("::1", Some(Range::Loopback)),
            ("::ffff:127.0.0.1", Some(Range::Loopback)),
            ("10.1.2.3", Some(Range::Private)),
            ("172.16.0.1", Some(Range::Private)),
            ("192.168.1.1", Some(Range::Private)),
            ("100.64.0.1", Some(Range::Private)),
            ("fd12::1", Some(Range::Private)),
            ("fe80::1", Some(Range::LinkLocal)),
            ("169.254.1.1", Some(Range::LinkLocal)),
            ("0.0.0.0", Some(Range::Reserved)),
            ("0.1.2.3", Some(Range::Reserved)),
            ("255.255.255.255", Some(Range::Reserved)),
            ("224.0.0.1", Some(Range::Reserved)),
            ("203.0.113.7", Some(Range::Reserved)),
            ("::", Some(Range::Reserved)),
            ("ff02::1", Some(Range::Reserved)),
            ("fec0::1", Some(Range::Reserved)),
            ("2001:db8::1", Some(Range::Reserved)),
            ("2001::1", Some(Range::Reserved)),
            ("64:ff9b::808:808", Some(Range::Reserved)),
        ] {
            assert_eq!(range_of(address(text)), want, "{text}");
        }
    }

    #[test]
    fn addresses_in_odd_spellings() {
        for (text, want) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0x7f000001", "127.0.0.1"),
            ("0X7F.1", "127.0.0.1"),
            ("017700000001", "127.0.0.1"),
            ("0177.0.0.1", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("127.0.1", "127.0.0.1"),
            ("0", "0.0.0.0"),
            ("0x", "0.0.0.0"),
            ("2852039166", "169.254.169.254"),
            ("0xa9fea9fe", "169.254.169.254"),
            ("0251.0376.0251.0376", "169.254.169.254"),
            ("169.254.43518", "169.254.169.254"),
            ("[::1]", "::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
        ] {
            assert_eq!(numeric_address(text), Some(address(want)), "{text}");
        }
        for text in
            ["", ".", "localhost", "1.2.3.4.5", "256.1.1.1", "08", "0xg", "1..2", "4294967296", "1.2.3.256", "a.1", "-1", "+1", "1e3"]
        {
            assert_eq!(numeric_address(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_spelling_of_an_address_is_that_address(bits in any::<u32>()) {
            let plain = Ipv4Addr::from_bits(bits);
            let [a, b, c, d] = plain.octets();
            let low = bits & 0x00ff_ffff;
            for text in [
                plain.to_string(), bits.to_string(), format!("{bits:#x}"), format!("0{bits:o}"), format!("{a}.{low}"),
                format!("{a:#x}.0{b:o}.{}", u32::from(c) << 8 | u32::from(d)),
            ] {
                prop_assert_eq!(numeric_address(&text), Some(IpAddr::V4(plain)), "{}", text);
            }
            for mapped in [plain.to_ipv6_mapped(), plain.to_ipv6_compatible()] {
                if range_of(plain.into()).is_some() && mapped != Ipv6Addr::LOCALHOST {
                    let (of_mapped, of_plain) = (range_of(mapped.into()), range_of(plain.into()));
                    prop_assert_eq!(of_mapped, of_plain, "{}", mapped);
                }
            }
        }

        #[test]
        fn nothing_panics(text in "[0-9a-fA-FxX.:%\\[\\]]{0,40}", bits in any::<u128>()) {
            let _ = numeric_address(&text);
            let _ = range_of(Ipv6Addr::from_bits(bits).into());
        }
    }
}
