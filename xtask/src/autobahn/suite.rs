//! Which cases are played, and what is played at the same time.

/// Sections 1 to 7 and 10: framing, pings, reserved bits, opcodes, fragments, UTF-8, closing.
const QUICK: [&str; 8] = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"];
/// Messages of up to 16 MiB, and of up to 65,537 fragments.
const BIG: &str = "9.*";
/// permessage-deflate: with five kinds of data as the client offers it, and with seven demands of the server. Each group is 18 cases
/// of 1000 messages of 16 bytes to 128 KiB. These halves take about as long as each other: data that hardly shrinks takes longest.
const DEFLATE: [&[&str]; 2] = [
    &["12.3", "12.5"],
    &[
        "12.1", "12.2", "12.4", "13.1", "13.2", "13.3", "13.4", "13.5", "13.6", "13.7",
    ],
];
/// Of each group: messages of 16 bytes to 4 KiB, and 8 KiB in fragments. The rest is the same with more bytes.
const SHORT_DEFLATE: [u32; 6] = [1, 2, 3, 4, 5, 11];

/// Which cases, and how patiently.
pub(crate) struct Suite {
    /// Ids, or patterns with `*`.
    pub(super) cases: Vec<String>,
    /// What the time limits of the cases are multiplied by. It makes no case easier.
    pub(super) slack: f64,
}

impl Suite {
    /// 247 cases.
    pub(crate) fn quick() -> Self {
        Suite::of(QUICK)
    }

    /// 373 cases: of compression, those with short messages.
    pub(crate) fn standard() -> Self {
        let mut suite = Suite::of(QUICK.into_iter().chain([BIG]));
        for group in DEFLATE.into_iter().flatten() {
            let ids = SHORT_DEFLATE.map(|case| format!("{group}.{case}"));
            suite.cases.extend(ids);
        }
        suite
    }

    /// All 517.
    pub(crate) fn whole() -> Self {
        let mut suite = Suite::of(QUICK.into_iter().chain([BIG]));
        let groups = DEFLATE.into_iter().flatten();
        suite.cases.extend(groups.map(|group| format!("{group}.*")));
        suite
    }

    pub(crate) fn of<'a>(cases: impl IntoIterator<Item = &'a str>) -> Self {
        Suite {
            cases: cases.into_iter().map(str::to_owned).collect(),
            slack: 1.0,
        }
    }

    pub(crate) fn slack(self, slack: f64) -> Self {
        Suite { slack, ..self }
    }

    /// Parts that are played one after the other; the suites of a part are played side by side, each by a server of its own.
    ///
    /// The limits of most cases are a second or less, so they have the machine to themselves. Those of compression are minutes,
    /// most of which the suite's single-threaded server takes.
    pub(super) fn parts(&self) -> Vec<Vec<Suite>> {
        let part = |half: Option<usize>| {
            let cases = self.cases.iter().map(String::as_str);
            let cases: Vec<&str> = cases.filter(|case| deflate_half(case) == half).collect();
            (!cases.is_empty()).then(|| Suite::of(cases).slack(self.slack))
        };
        let alone = part(None).into_iter().collect();
        let side_by_side = (0..DEFLATE.len()).filter_map(|half| part(Some(half)));
        let mut parts: Vec<Vec<Suite>> = vec![alone, side_by_side.collect()];
        parts.retain(|part| !part.is_empty());
        parts
    }
}

/// The half that a case or a pattern is in, if it is about compression.
fn deflate_half(case: &str) -> Option<usize> {
    let about_compression = case.starts_with("12.") || case.starts_with("13.");
    let in_first = DEFLATE[0]
        .iter()
        .filter_map(|group| case.strip_prefix(group))
        .any(|rest| rest.starts_with('.'));
    // A pattern that is wider than a group goes to the second.
    about_compression.then_some(usize::from(!in_first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(suite: &Suite) -> Vec<Vec<Vec<String>>> {
        let cases = |part: Vec<Suite>| part.into_iter().map(|suite| suite.cases).collect();
        suite.parts().into_iter().map(cases).collect()
    }

    #[test]
    fn compression_comes_last_and_side_by_side() {
        let suite = Suite::of(["12.3.1", "1.*", "13.*", "12.5.*", "10.1.1", "12.1.11"]);
        assert_eq!(
            parts(&suite),
            [
                vec![vec!["1.*", "10.1.1"]],
                vec![vec!["12.3.1", "12.5.*"], vec!["13.*", "12.1.11"]]
            ]
        );
        assert_eq!(parts(&Suite::whole())[1].concat().len(), 12);
    }

    #[test]
    fn what_is_empty_is_not_played() {
        assert_eq!(parts(&Suite::of(["6.4.*"])), [[["6.4.*"]]]);
        assert_eq!(parts(&Suite::of(["13.1.1"])), [[["13.1.1"]]]);
        assert_eq!(parts(&Suite::of(["*"])), [[["*"]]]);
        assert_eq!(parts(&Suite::quick()).len(), 1);
    }

    #[test]
    fn every_part_is_as_patient_as_the_whole() {
        let suite = Suite::whole().slack(3.0);
        assert!(suite.parts().iter().flatten().all(|part| part.slack == 3.0));
    }

    #[test]
    fn the_standard_set_has_72_cases_of_compression_by_their_ids() {
        let suite = Suite::standard();
        let deflate = suite
            .cases
            .iter()
            .filter(|case| deflate_half(case).is_some());
        // A pattern would be a prefix: 12.1.1* is also 12.1.11.
        assert_eq!(deflate.filter(|case| !case.contains('*')).count(), 72);
        for wanted in ["9.*", "12.1.1", "12.5.11", "13.7.5"] {
            assert!(suite.cases.iter().any(|case| case == wanted), "{wanted}");
        }
    }
}
