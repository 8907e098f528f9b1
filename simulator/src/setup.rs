//! Which company, and how its PBX speaks: the flags that every command with a day has.

use std::path::PathBuf;

use clap::Args;

use crate::{
    company::{Company, CompanyError},
    day::Day,
    dialect::{Dialect, Language, TimeOf},
};

/// Which company.
#[derive(Args, Clone, Debug, Default)]
pub struct Which {
    /// The company's file; `pbx-sim company` prints one. By default the company that is built in.
    #[arg(long, value_name = "FILE")]
    company: Option<PathBuf>,
    /// A company of so many extensions and queues that is made by rule instead, as 5000,100.
    #[arg(long, value_name = "EXTENSIONS,QUEUES", conflicts_with = "company", value_parser = size)]
    large: Option<(usize, usize)>,
}

impl Which {
    /// The company, under the tenant id that the receiver expects. An error where its file can't be read.
    pub fn company(&self, tenant_id: &str) -> Result<Company, CompanyError> {
        let mut company = match (&self.company, self.large) {
            (Some(path), _) => Company::read_file(path)?,
            (None, Some((extensions, queues))) => Company::large(extensions, queues),
            (None, None) => Company::new(tenant_id),
        };
        tenant_id.clone_into(&mut company.tenant_id);
        Ok(company)
    }
}

/// The company and its PBX.
#[derive(Args, Clone, Debug, Default)]
pub struct Setup {
    #[command(flatten)]
    which: Which,
    /// The release whose events are sent.
    #[arg(long, value_enum, default_value_t)]
    dialect: Dialect,
    /// What the time of a call's events is.
    #[arg(long, value_enum, default_value_t)]
    time: TimeOf,
    /// Queues' events have no times.
    #[arg(long)]
    untimed_queues: bool,
    /// An administrator creates, renames and destroys extensions and queues, and moves agents (not in v16).
    #[arg(long)]
    management: bool,
    /// Things may be told twice in one second, so that nobody can tell which is the newer.
    #[arg(long)]
    ties: bool,
}

impl Setup {
    /// The company, under the tenant id that the receiver expects. An error where its file can't be read.
    pub fn company(&self, tenant_id: &str) -> Result<Company, CompanyError> {
        let language =
            Language { dialect: self.dialect, time: self.time, untimed_queues: self.untimed_queues };
        Ok(self.which.company(tenant_id)?.speaking(language))
    }

    /// A day at a company.
    pub fn day(&self, company: Company, seed: u64, speed: f64) -> Day {
        let mut day = Day::new(company, seed, speed);
        if self.management {
            day = day.with_management();
        }
        if self.ties {
            day = day.with_ties();
        }
        day
    }
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let read = || {
        let (extensions, queues) = text.split_once(',')?;
        Some((extensions.trim().parse().ok()?, queues.trim().parse().ok()?))
    };
    read()
        .filter(|(extensions, queues)| (10..=20_000).contains(extensions) && *queues > 0)
        .ok_or_else(|| "two numbers, of extensions (10 to 20000) and queues, as 5000,100".to_owned())
}
