//! What is said about filters with a mistake in them: the exact texts.

use super::program;

#[track_caller]
fn refused(text: &str, shown: &str) {
    match program(text) {
        Ok(_) => panic!("'{text}' was accepted"),
        Err(error) => assert_eq!(error.to_string(), shown, "\n{error}"),
    }
}

#[test]
fn structure() {
    refused(
        "evt.type=open not evt.dir=<",
        "\
evt.type=open not evt.dir=<
              ^
'and' or 'or' is missing before 'not'",
    );
    refused(
        "evt.type=open && evt.dir=<",
        "\
evt.type=open && evt.dir=<
              ^
'and' or 'or' is missing before '&&'; did you mean 'and'?",
    );
    refused(
        "evt.type=open and",
        "\
evt.type=open and
                 ^
a condition is missing behind 'and'",
    );
    refused(
        "or evt.type=open",
        "\
or evt.type=open
^
a condition is missing before 'or'",
    );
    refused(
        "evt.num=1 and )",
        "\
evt.num=1 and )
              ^
a condition is missing before ')'",
    );
    refused(
        "(evt.type=open",
        "\
(evt.type=open
^
this '(' is not closed",
    );
    refused(
        "evt.type=open)",
        "\
evt.type=open)
             ^
no '(' is open for this ')'",
    );
    refused(
        "evt.num=1 or ()",
        "\
evt.num=1 or ()
              ^
there is nothing in these brackets",
    );
    refused(
        "not",
        "\
not
   ^
a condition is missing behind 'not'",
    );
    refused(
        "andevt.dir=<",
        "\
andevt.dir=<
^
no field 'andevt.dir'; did you mean 'evt.dir'?",
    );
}

#[test]
fn fields() {
    refused(
        "evt.num=1 and evt.tpye=open",
        "\
evt.num=1 and evt.tpye=open
              ^
no field 'evt.tpye'; did you mean 'evt.type'?",
    );
    refused(
        "whatever.else=1",
        "\
whatever.else=1
^
no field 'whatever.else'",
    );
    refused(
        "evt.arg=1",
        "\
evt.arg=1
^
evt.arg needs .NAME or [N] behind it",
    );
    refused(
        "evt.arg[1=1",
        "\
evt.arg[1=1
       ^
this '[' is not closed",
    );
}

#[test]
fn operators() {
    refused(
        "evt.failed",
        "\
evt.failed
          ^
an operator is missing behind 'evt.failed'",
    );
    refused(
        "evt.failed and evt.num=1",
        "\
evt.failed and evt.num=1
           ^
an operator is missing behind 'evt.failed'",
    );
    refused(
        "fd.name contain x",
        "\
fd.name contain x
        ^
no operator 'contain'; did you mean 'contains'?
operators: = != < <= > >= contains icontains startswith endswith glob iglob regex bcontains \
bstartswith in intersects pmatch exists",
    );
    refused(
        "evt.num contains 1",
        "\
evt.num contains 1
        ^
'contains' does not go with evt.num, which is an unsigned number
operators: = != < <= > >= in intersects exists",
    );
    refused(
        "fd.ip < 1.2.3.4",
        "\
fd.ip < 1.2.3.4
      ^
'<' does not go with fd.ip, which is an address
operators: = != in intersects exists",
    );
}

#[test]
fn quotes_and_lists() {
    refused(
        "fd.name='a b",
        "\
fd.name='a b
        ^
the quote ' is not closed",
    );
    refused(
        "fd.name='a'b",
        "\
fd.name='a'b
           ^
a blank is missing before 'b'",
    );
    refused(
        r"fd.name=ab\xZZ",
        r"fd.name=ab\xZZ
          ^
\x needs two hexadecimal digits",
    );
    refused(
        "fd.name in x",
        "\
fd.name in x
           ^
a list in brackets is missing behind 'in'",
    );
    refused(
        "fd.name in (a,,b)",
        "\
fd.name in (a,,b)
              ^
a value is missing here; empty text is written ''",
    );
    refused(
        "fd.name in (a b)",
        "\
fd.name in (a b)
              ^
',' or ')' is missing before 'b'",
    );
    refused(
        "fd.name in (a",
        "\
fd.name in (a
           ^
this list is not closed",
    );
    refused(
        "fd.name=(a)",
        "\
fd.name=(a)
        ^
a value is missing behind '='; lists follow only in, intersects and pmatch",
    );
    refused(
        "fd.name contains",
        "\
fd.name contains
                ^
a value is missing behind 'contains'",
    );
}

#[test]
fn values() {
    refused(
        "evt.type in (open, opnat)",
        "\
evt.type in (open, opnat)
                   ^
no event or system call is called 'opnat'; did you mean 'openat'?",
    );
    refused(
        "evt.num=-1",
        "\
evt.num=-1
        ^
evt.num: '-1' is no unsigned number; write 300, 0x1f, 4KB or 1.5MB (KB is 1024)",
    );
    refused(
        "evt.latency>5parsec",
        "\
evt.latency>5parsec
            ^
evt.latency: '5parsec' is no time; write 300 (ns), 10us, 5ms, 1.5s, 2m or 1h",
    );
    refused(
        "evt.failed=1",
        "\
evt.failed=1
           ^
evt.failed: '1' is no truth value; write true or false",
    );
    refused(
        "fd.port=htpp",
        "\
fd.port=htpp
        ^
fd.port: 'htpp' is no port; write a number up to 65535 or the name of a service; \
did you mean 'http'?",
    );
    refused(
        "fd.ip=10.0.0.0/8",
        "\
fd.ip=10.0.0.0/8
      ^
fd.ip: '10.0.0.0/8' is no address; write 10.0.0.1 or fe80::1",
    );
    refused(
        "fd.net=10.0.0.1",
        "\
fd.net=10.0.0.1
       ^
fd.net: '10.0.0.1' is no network; write 10.0.0.0/8 or fe80::/10",
    );
    refused(
        "fd.name regex a(b",
        "\
fd.name regex a(b
               ^
'and' or 'or' is missing before '(b'",
    );
    refused(
        "fd.name regex 'a(b'",
        "\
fd.name regex 'a(b'
              ^
fd.name: 'a(b' is no regex: unclosed group",
    );
    refused(
        "fd.name regex 'a)|(b'",
        "\
fd.name regex 'a)|(b'
              ^
fd.name: 'a)|(b' is no regex: unopened group",
    );
    refused(
        "evt.buffer bcontains 7f4",
        "\
evt.buffer bcontains 7f4
                     ^
evt.buffer: '7f4' is no row of bytes; write 7f454c46",
    );
}

#[test]
fn a_filter_of_several_lines_is_shown_as_one() {
    refused(
        "evt.num=1\n\tand é.x=2",
        "\
evt.num=1  and é.x=2
               ^
no field 'é.x'",
    );
}
