//! `cargo xtask console` and `cargo xtask chat`: drive a page of the project in real browsers, as a person would.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::browser;
use crate::process::{Result, Running, cargo, program, run};
use crate::serve::Page;

/// The browsers that can be driven.
pub(crate) const BROWSERS: [&str; 2] = ["chromium", "firefox"];

pub(crate) fn main(page: &Page, arguments: &[&str]) -> Result {
    let (browsers, rest): (Vec<&str>, Vec<&str>) =
        arguments.iter().partition(|word| BROWSERS.contains(word));
    let browsers = match browsers.is_empty() {
        true => BROWSERS.to_vec(),
        false => browsers,
    };
    drive(page, &browsers, &rest)
}

/// Runs the tests of the page in these browsers; the rest of the arguments is theirs.
pub(crate) fn drive(page: &Page, browsers: &[&str], rest: &[&str]) -> Result {
    let site = page.build()?;
    let (server, address) = browser::server(&[OsStr::new("0"), site.as_os_str()])?;
    for browser in browsers {
        println!("\nThe {} in {browser}", page.name);
        let (driver, port) = start_driver(browser)?;
        let (package, name) = (page.package, page.name);
        let test = format!("test --quiet --package {package} --test {name} --");
        run(cargo(&test)
            .arg(browser)
            .args(rest)
            .env("ONESOCKET_PAGE", format!("http://{address}/"))
            .env("ONESOCKET_DRIVER", format!("127.0.0.1:{port}")))?;
        drop(driver);
    }
    drop(server);
    Ok(())
}

/// Starts the browser's driver on a port of its choice.
pub(crate) fn start_driver(browser: &str) -> Result<(Running, u16)> {
    let (_, path) = browser::driver(browser)?;
    let mut command = program(path, "--port=0");
    let mut driver = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let stdout = driver.0.stdout.take().expect("the output is piped");
    let mut lines = BufReader::new(stdout)
        .lines()
        .map_while(std::io::Result::ok);
    let port = lines
        .find_map(|line| port_in(&line))
        .ok_or_else(|| format!("the driver of {browser} does not say its port"))?;
    // It must not be held up when it writes more.
    std::thread::spawn(move || lines.for_each(drop));
    Ok((driver, port))
}

/// `ChromeDriver was started successfully on port 1234.`, `geckodriver INFO Listening on 127.0.0.1:1234`.
fn port_in(line: &str) -> Option<u16> {
    let (_, rest) = line
        .split_once("successfully on port ")
        .or_else(|| line.split_once("Listening on 127.0.0.1:"))?;
    rest.trim().trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_in_what_the_drivers_say() {
        for (line, port) in [
            (
                "ChromeDriver was started successfully on port 40133.",
                Some(40133),
            ),
            (
                "1763717911\tgeckodriver\tINFO\tListening on 127.0.0.1:37731",
                Some(37731),
            ),
            ("Only local connections are allowed.", None),
        ] {
            assert_eq!(port_in(line), port);
        }
    }
}
