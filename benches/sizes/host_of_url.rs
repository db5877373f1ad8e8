
fn host() -> Result<String, url::ParseError> {
    let url = url::Url::parse(&std::env::args().nth(1).unwrap_or_default())?;
    Ok(url.host_str().unwrap_or_default().to_owned())
}
