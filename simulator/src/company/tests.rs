//! Companies: the one that is built in, files that are right and wrong, the directory.

use super::*;

/// Oracle: the csv crate's reader, with the columns that the configuration's documentation names.
#[test]
fn the_directory_is_csv_with_the_documented_columns() {
    let mut written = Vec::new();
    Company::new(DEFAULT_TENANT_ID).write_directory(&mut written).unwrap();
    let mut reader = csv::Reader::from_reader(written.as_slice());
    assert_eq!(reader.headers().unwrap(), vec!["kind", "number", "name", "department", "queue_id"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.iter().filter(|row| &row[0] == "extension").count(), 40);
    for line in [
        ["queue", "8001", "Sales", "", "800000000000008001"],
        ["group", "6001", "Warehouse", "", ""],
        ["ivr", "5000", "Welcome menu", "", ""],
    ] {
        assert!(rows.contains(&csv::StringRecord::from(line.to_vec())), "{line:?}");
    }
}

#[test]
fn it_is_closed_outside_of_its_hours() {
    let mut company = Company::new(DEFAULT_TENANT_ID);
    assert!(company.is_open(3 * 3600));
    company.hours = Some((8 * 3600, 18 * 3600));
    assert!(!company.is_open(3 * 3600) && company.is_open(8 * 3600) && !company.is_open(18 * 3600));
}

#[test]
fn the_built_in_company_has_forty_people_three_queues_and_somebody_who_serves_two() {
    let company = Company::new(DEFAULT_TENANT_ID);
    assert_eq!((company.people.len(), company.queues.len(), company.groups.len()), (40, 3, 1));
    for index in 0..3 {
        assert!(company.agents(QueueIndex(index)).len() >= 4);
    }
    assert!(company.people.iter().any(|person| person.queues.len() == 2));
    assert_eq!(company.queues[0].overflow, Destination::Person(PersonIndex(0)));
    assert_eq!(company.queues[1].overflow, Destination::Voicemail);
    assert_eq!(company.queues[2].overflow, Destination::Queue(QueueIndex(1)));
}

#[test]
fn hours_and_arrivals_are_read() {
    let text = HARBOUR_VALE.replace("# hours", "hours").replace("pace = \"lively\"", "pace = \"arrivals\"");
    let company = Company::parse(&text).unwrap();
    assert_eq!(company.hours, Some((8 * 3600, 18 * 3600)));
    assert_eq!(company.pace, Pace::Arrivals { direct: 40.0, outbound: 60.0, internal: 60.0 });
}

#[test]
fn what_is_wrong_with_a_file_is_named() {
    let says = |from: &str, to: &str| {
        assert!(HARBOUR_VALE.contains(from), "{from}");
        Company::parse(&HARBOUR_VALE.replacen(from, to, 1)).unwrap_err().to_string()
    };
    for (from, to, part) in [
        ("number = \"8002\"", "number = \"8001\"", "8001 is given twice"),
        ("overflow = \"101\"", "overflow = \"100\"", "queue 8001 names 100, which is no destination"),
        ("\"141\", \"142\"", "\"140\", \"142\"", "group 6001 names 140, which is no extension"),
        ("queues = [\"8001\"]", "queues = [\"8009\"]", "extension 111 names 8009, which is no queue"),
        ("patience_s = [30, 240]", "patience_s = [240, 30]", "patience_s is not understood"),
        ("strategy = \"ring_all\"", "strategy = \"ring\"", "unknown variant `ring`"),
        ("sla_s = 20", "sla = 20", "unknown field `sla`"),
    ] {
        let said = says(from, to);
        assert!(said.contains(part), "{said}");
    }
}
