//! A small program that makes the same system calls each time it runs: the
//! tests trace it with every option of the tracers. Calls that succeed, fail,
//! wait, are interrupted by other threads' lines, and make a thread and a
//! process.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::process::Command;
use std::time::Duration;

fn main() {
    let folder = std::env::temp_dir().join(format!("system calls {}", std::process::id()));
    if std::env::args().nth(1).as_deref() == Some("child") {
        let _ = fs::metadata("/no/such/file of the child");
        std::process::exit(3);
    }
    fs::create_dir(&folder).unwrap();
    let path = folder.join("a) = 1 \"quoted\"");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&path).unwrap();
    file.write_all(b"tab\t \"quote\" \\ \x01\x7f\xff) = -1 ENOENT <0.5>\n").unwrap();
    file.sync_all().unwrap();
    drop(file);
    for number in 0..10 {
        let _ = fs::symlink_metadata("/usr/bin");
        let _ = fs::symlink_metadata(folder.join(format!("absent {number}")));
    }
    let mut bytes = Vec::new();
    File::open(&path).unwrap().read_to_end(&mut bytes).unwrap();
    let _ = File::open("/no/such/file");
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    let thread = std::thread::spawn(move || {
        let mut byte = [0];
        reader.read_exact(&mut byte).unwrap(); // waits: its line is interrupted
        for _ in 0..5 {
            let _ = fs::symlink_metadata("/etc/hostname");
        }
    });
    std::thread::sleep(Duration::from_millis(5));
    writer.write_all(b"x").unwrap();
    thread.join().unwrap();
    let own = std::env::current_exe().unwrap();
    let ended = Command::new(own).arg("child").status().unwrap();
    assert_eq!(ended.code(), Some(3));
    fs::remove_file(&path).unwrap();
    fs::remove_dir(&folder).unwrap();
}
