//! What a crate costs its users: crates in the tree, a clean build, the stripped program of a minimal `wss:` client.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use crate::Outcome;

/// A minimal client: it connects, sends one message, and prints one.
struct Minimal {
    name: &'static str,
    dependencies: &'static str,
    source: &'static str,
}

/// What a client without TLS of its own depends on; a macro, as `concat!` takes no constants.
macro_rules! tls {
    () => {
        "tokio-rustls = { version = \"0.26\", default-features = false, features = [\"ring\", \"tls12\"] }\n\
         webpki-roots = \"1\""
    };
}

/// All with rustls on ring and Mozilla's certificates, and with deflate where there is one; the crate without it and with its
/// defaults, too.
const CLIENTS: [Minimal; 9] = [
    Minimal {
        name: "rustls alone",
        dependencies: tls!(),
        source: concat!(
            include_str!("../sizes/rustls.rs"),
            include_str!("../sizes/host.rs")
        ),
    },
    // How much of the crate's figure is for parsing URLs as browsers do.
    Minimal {
        name: "rustls and url",
        dependencies: concat!(tls!(), "\nurl = \"2\""),
        source: concat!(
            include_str!("../sizes/rustls.rs"),
            include_str!("../sizes/host_of_url.rs")
        ),
    },
    Minimal {
        name: "onesocket",
        dependencies: r#"onesocket = { path = "ONESOCKET", default-features = false, features = ["deflate", "ring", "tls", "webpki-roots"] }"#,
        source: include_str!("../sizes/onesocket.rs"),
    },
    // With what most of the peers can do.
    Minimal {
        name: "onesocket without deflate",
        dependencies: r#"onesocket = { path = "ONESOCKET", default-features = false, features = ["ring", "tls", "webpki-roots"] }"#,
        source: include_str!("../sizes/onesocket.rs"),
    },
    Minimal {
        name: "onesocket, as it comes",
        dependencies: r#"onesocket = { path = "ONESOCKET" }"#,
        source: include_str!("../sizes/onesocket.rs"),
    },
    Minimal {
        name: "tokio-tungstenite",
        dependencies: "tokio-tungstenite = { version = \"0.30\", features = [\"rustls-tls-webpki-roots\"] }\n\
            rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\"] }",
        source: include_str!("../sizes/tungstenite.rs"),
    },
    Minimal {
        name: "tokio-websockets",
        dependencies: r#"tokio-websockets = { version = "0.13", features = ["client", "fastrand", "ring", "rustls-tls12", "rustls-webpki-roots"] }"#,
        source: include_str!("../sizes/tokio_websockets.rs"),
    },
    Minimal {
        name: "fastwebsockets",
        dependencies: concat!(
            tls!(),
            "\nfastwebsockets = { version = \"0.10\", features = [\"upgrade\"] }\n\
             http-body-util = \"0.1\"\nhyper = \"1\""
        ),
        source: include_str!("../sizes/fastwebsockets.rs"),
    },
    Minimal {
        name: "yawc",
        dependencies: r#"yawc = { version = "0.5", features = ["zlib"] }"#,
        source: include_str!("../sizes/yawc.rs"),
    },
];

/// The section of the report.
pub(crate) fn run(names: &[&str]) -> Outcome<String> {
    let mut text = "A minimal `wss:` client with rustls on ring, Mozilla's certificates, and deflate where there is one, built with LTO.\n\n\
         | client | crates in the tree | clean build, CPU s | the same, s | stripped program, KiB |\n|---|--:|--:|--:|--:|\n"
        .to_owned();
    for client in &CLIENTS {
        if names.is_empty() || names.contains(&client.name) {
            text += &client.line()?;
            eprintln!("built {}", client.name);
        }
    }
    Ok(text)
}

impl Minimal {
    fn line(&self) -> Outcome<String> {
        let folder = folder()?.join(self.name.replace([' ', ','], "-"));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        self.write(&folder)?;
        let tree = cargo(
            &folder,
            "tree --prefix none --edges normal,build --no-dedupe",
        )?;
        let mut crates: Vec<&str> = tree
            .lines()
            .filter_map(|line| line.split(" (").next())
            .collect();
        crates.sort_unstable();
        crates.dedup();
        cargo(&folder, "fetch")?;
        let (cpu, start) = (children_time()?, Instant::now());
        cargo(&folder, "build --release")?;
        let (cpu, wall) = (children_time()? - cpu, start.elapsed().as_secs_f64());
        let program = folder.join("target/release/minimal");
        let kib = fs::metadata(program)?.len() >> 10;
        let mut line = String::new();
        // The client itself is no dependency.
        let count = crates.len() - 1;
        writeln!(
            line,
            "| {} | {count} | {cpu:.1} | {wall:.1} | {kib} |",
            self.name
        )?;
        fs::remove_dir_all(&folder)?;
        Ok(line)
    }

    fn write(&self, folder: &Path) -> Outcome<()> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("no project")?;
        let dependencies = self
            .dependencies
            .replace("ONESOCKET", &project.display().to_string());
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/main.rs"), self.source)?;
        fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[package]\nname = \"minimal\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [profile.release]\nlto = true\nstrip = true\n\n[dependencies]\nfutures-util = {{ version = \"0.3\", features = [\"sink\"] }}\n\
                 tokio = {{ version = \"1\", features = [\"io-util\", \"macros\", \"net\", \"rt\"] }}\n{dependencies}\n"
            ),
        )?;
        Ok(())
    }
}

/// Beside the project's own build products.
fn folder() -> Outcome<PathBuf> {
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("no target folder")?;
    Ok(target.join("bench-sizes"))
}

fn cargo(folder: &Path, words: &str) -> Outcome<String> {
    let output = Command::new("cargo")
        .args(words.split(' '))
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(format!("cargo {words}: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// User and system time of the processes that ended below this one, in seconds.
fn children_time() -> Outcome<f64> {
    /// Of a second, on every Linux.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name may have blanks; after it comes the third field. These are the 16th and the 17th.
    let (_, fields) = stat.rsplit_once(')').ok_or("no times")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: f64 = fields[13].parse::<f64>()? + fields[14].parse::<f64>()?;
    Ok(ticks / TICKS)
}
