//! The suite's server as a process.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Suite;
use super::verdict::Verdict;
use crate::install;
use crate::kept;
use crate::process::{Result, Running, program, root, run};

/// The server ends when the last connection has, and the suite gives each of them seconds.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) struct Server {
    process: Running,
    log: PathBuf,
    results: JoinHandle<Vec<Verdict>>,
    pub(super) url: String,
    /// The ids of the cases that are to be played.
    pub(super) cases: Vec<String>,
}

impl Server {
    /// Starts the server on a free port of the loopback interface, and returns when it listens.
    pub(super) fn start(suite: &Suite, reports: &Path) -> Result<Self> {
        let folder = root().join("xtask/autobahn");
        let python = python(&folder)?;
        // Named after the first of its cases, as others may be at work beside it.
        let name = suite.cases.first().map_or("", String::as_str);
        let log = reports.join(format!("server-{}.log", name.replace('*', "x")));
        let log_file = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;

        let mut command = program(python, "-u");
        command
            .arg(folder.join("server.py"))
            .arg(reports)
            .arg(suite.slack.to_string())
            .args(&suite.cases)
            // The server lives as long as this pipe, so that it ends also when this program is killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file);
        let mut process = Running::start(&mut command)?;
        let stdout = process.0.stdout.take().expect("the output is piped");
        let mut lines = BufReader::new(stdout)
            .lines()
            .map_while(std::result::Result::ok);

        let mut field = |name: &str| {
            let line = lines.next().unwrap_or_default();
            line.strip_prefix(name).map(|rest| rest.trim().to_owned())
        };
        let (Some(cases), Some(port)) = (field("CASES\t"), field("PORT\t")) else {
            let log = fs::read_to_string(&log).unwrap_or_default();
            return Err(format!("the suite's server did not start:\n{log}"));
        };
        Ok(Server {
            process,
            log,
            url: format!("ws://127.0.0.1:{port}"),
            cases: cases.split_whitespace().map(str::to_owned).collect(),
            results: thread::spawn(move || {
                lines.filter_map(|line| Verdict::parse(&line)).collect()
            }),
        })
    }

    /// Lets the server finish, and returns a verdict for each case.
    pub(super) fn stop(mut self) -> Result<Vec<Verdict>> {
        drop(self.process.0.stdin.take());
        self.process
            .wait_within(LIMIT)
            .map_err(|error| format!("the suite's server: {error}, see {}", self.log.display()))?;
        let mut results = self.results.join().expect("the reader does not panic");
        // An exception in the suite itself is no verdict on anybody.
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        if log.contains("Traceback") {
            return Err(format!(
                "the suite's server met an exception, see {}",
                self.log.display()
            ));
        }
        for id in &self.cases {
            if !results.iter().any(|case| case.id == *id) {
                results.push(Verdict::missing(id));
            }
        }
        Ok(results)
    }
}

/// The Python that has the suite, ported to it.
fn python(folder: &Path) -> Result<PathBuf> {
    let requirements = folder.join("requirements.txt");
    let port = folder.join("port.py");
    let home = kept::folder_of(
        "autobahn",
        &[&requirements, &port],
        Path::new("python3"),
        |home| {
            install::virtual_environment(home, &requirements)?;
            run(program(install::python(home), "").arg(&port))
        },
    )?;
    Ok(install::python(&home))
}
