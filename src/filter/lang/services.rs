//! Names of ports. Those that mean the same everywhere are here; all others
//! come from `/etc/services` of the machine that reads, as in sysdig.

const COMMON: [(&str, u16); 28] = [
    ("bgp", 179),
    ("domain", 53),
    ("ftp", 21),
    ("http", 80),
    ("https", 443),
    ("imap", 143),
    ("imap2", 143),
    ("imaps", 993),
    ("kerberos", 88),
    ("ldap", 389),
    ("ldaps", 636),
    ("mongodb", 27_017),
    ("mysql", 3306),
    ("nfs", 2049),
    ("ntp", 123),
    ("pop3", 110),
    ("pop3s", 995),
    ("postgresql", 5432),
    ("redis", 6379),
    ("rsync", 873),
    ("smtp", 25),
    ("snmp", 161),
    ("ssh", 22),
    ("submission", 587),
    ("sunrpc", 111),
    ("syslog", 514),
    ("telnet", 23),
    ("tftp", 69),
];

/// The port of a service.
pub(super) fn port(name: &str) -> Option<u16> {
    let common = COMMON.iter().find(|(known, _)| *known == name).map(|&(_, port)| port);
    common.or_else(|| port_in(&std::fs::read_to_string("/etc/services").ok()?, name))
}

/// Names that everybody knows, for suggestions.
pub(super) fn common() -> impl Iterator<Item = &'static str> {
    COMMON.iter().map(|&(name, _)| name)
}

/// Lines are `NAME PORT/PROTOCOL ALIAS...  # COMMENT`.
fn port_in(services: &str, name: &str) -> Option<u16> {
    services.lines().find_map(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let (first, port) = (words.next()?, words.next()?);
        let named = first == name || words.any(|alias| alias == name);
        port.split('/').next().filter(|_| named)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_read() {
        let text = "# names\ntcpmux 1/tcp\nwww 8080/tcp web www2 # no-alias\n\nbroken\nx y/tcp\n";
        assert_eq!(port_in(text, "tcpmux"), Some(1));
        assert_eq!(port_in(text, "www2"), Some(8080));
        assert_eq!(port_in(text, "no-alias"), None);
        assert_eq!(port_in(text, "x"), None);
        assert_eq!(port("http"), Some(80));
        assert_eq!(port("no such service"), None);
    }
}
