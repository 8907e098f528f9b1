//! Every event in every shape that PortSIP documents, against what its page says.
//!
//! `events/NAME.json` is a body: names and forms of the fields are PortSIP's, the values are ours. `events/NAME.txt` is
//! what it means, written from the page that its first lines name, never from what the decoder gave. One line an event,
//! two blanks before its parts; a word of a vocabulary is ours, with the PBX's in brackets; times are seconds; what is
//! not said is left out.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod picture;

use model::event::decode;
use picture::picture;

fn check(name: &str) {
    let file = |end: &str| format!("{}/tests/events/{name}.{end}", env!("CARGO_MANIFEST_DIR"));
    let body = std::fs::read(file("json")).unwrap();
    let page = std::fs::read_to_string(file("txt")).unwrap();
    let expected: Vec<&str> = page.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(picture(&decode(&body)), expected, "{name}");
}

/// Declares a test a body, and one that no body is left out.
macro_rules! bodies {
    ($($name:ident)+) => {
        $(#[test] fn $name() { check(stringify!($name)); })+

        #[test]
        fn every_body_in_the_folder_is_checked() {
            let mut found: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events"))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|end| end == "json"))
                .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
                .collect();
            found.sort();
            let mut checked = vec![$(stringify!($name)),+];
            checked.sort_unstable();
            assert_eq!(found, checked);
        }
    };
}

bodies!(
    call_cdr
    call_cdr_2023
    call_cdr_table
    call_established_v12
    call_over_v12
    call_start
    call_start_22_2
    call_start_v12
    call_start_v16
    call_start_v16_2
    call_update_info
    call_update_info_22_2
    cdr_target
    cdr_target_22_6
    extension_agent_status
    extension_agent_status_22_2
    extension_agent_status_v16
    extension_call
    extension_call_22_2
    extension_call_v16
    extension_managed_22_2
    extension_managed_22_3
    extension_presence
    extension_presence_22_2
    extension_presence_v12
    extension_presence_v16
    extension_register_v12
    extension_status
    extension_status_22_2
    extension_status_flat_2023
    extension_status_v16
    queue_agent_status
    queue_agent_status_22_2
    queue_agent_status_removed_only
    queue_agent_status_v16
    queue_caller_status
    queue_caller_status_22_2
    queue_caller_status_v16
    queue_managed_22_2
    queue_managed_22_3
    queue_member_state_v12
    queue_sla_breached_22_2
    queue_sla_breached_22_3
    queue_sla_breached_v16
    queue_status
    queue_status_22_2
    queue_status_agents_in_waiting_list
    queue_status_v16
    target_older_names
    without_use
);
