//! The chisels that are built in: the files of `chisels`, by name.

/// Name and text of each.
pub const FILES: &[(&str, &str)] = &[
    ("fdbytes_by", include_str!("../../../chisels/fdbytes_by.sql")),
    ("fdcount_by", include_str!("../../../chisels/fdcount_by.sql")),
    ("fdtime_by", include_str!("../../../chisels/fdtime_by.sql")),
    ("topconns", include_str!("../../../chisels/topconns.sql")),
    ("topcontainers_error", include_str!("../../../chisels/topcontainers_error.sql")),
    ("topcontainers_file", include_str!("../../../chisels/topcontainers_file.sql")),
    ("topcontainers_net", include_str!("../../../chisels/topcontainers_net.sql")),
    ("topfiles_bytes", include_str!("../../../chisels/topfiles_bytes.sql")),
    ("topfiles_errors", include_str!("../../../chisels/topfiles_errors.sql")),
    ("topfiles_time", include_str!("../../../chisels/topfiles_time.sql")),
    ("topports_server", include_str!("../../../chisels/topports_server.sql")),
    ("topprocs_errors", include_str!("../../../chisels/topprocs_errors.sql")),
    ("topprocs_file", include_str!("../../../chisels/topprocs_file.sql")),
    ("topprocs_net", include_str!("../../../chisels/topprocs_net.sql")),
    ("topscalls", include_str!("../../../chisels/topscalls.sql")),
    ("topscalls_time", include_str!("../../../chisels/topscalls_time.sql")),
];
