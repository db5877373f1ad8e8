use super::*;

/// The typed result and the text, or the fault, of an answer with these fields.
fn answer(
    offer: Option<&DeflateOffer>,
    fields: &[&str],
) -> Result<(String, Option<PerMessageDeflate>), String> {
    check(offer, fields.iter().map(|field| field.as_bytes())).map_err(|fault| fault.to_string())
}

/// (server, client) without takeover, and their bits.
fn agreed(server: bool, client: bool, server_bits: u8, client_bits: u8) -> PerMessageDeflate {
    PerMessageDeflate {
        server_no_context_takeover: server,
        client_no_context_takeover: client,
        server_max_window_bits: server_bits,
        client_max_window_bits: client_bits,
    }
}

#[test]
fn the_offer_is_that_of_browsers_and_shows_every_demand() {
    let offer = DeflateOffer::default;
    for (offer, text) in [
        (offer(), "permessage-deflate; client_max_window_bits"),
        (
            DeflateOffer {
                client_max_window_bits: None,
                ..offer()
            },
            "permessage-deflate",
        ),
        (
            DeflateOffer {
                server_no_context_takeover: true,
                client_no_context_takeover: true,
                server_max_window_bits: 8,
                client_max_window_bits: Some(14),
            },
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
             server_max_window_bits=8; client_max_window_bits=14",
        ),
    ] {
        assert_eq!(offer.encode(), text);
    }
}

#[test]
fn what_the_server_may_answer_is_shown_as_it_came_and_typed() {
    let plain = agreed(false, false, 15, 15);
    for (field, wanted) in [
        ("permessage-deflate", plain),
        ("  permessage-deflate ", plain),
        (", permessage-deflate,", plain),
        ("permessage-deflate;client_max_window_bits=15", plain),
        ("permessage-deflate; server_max_window_bits=15", plain),
        ("permessage-deflate; server_max_window_bits=\"15\"", plain),
        (
            "permessage-deflate;server_no_context_takeover",
            agreed(true, false, 15, 15),
        ),
        (
            "permessage-deflate ; client_no_context_takeover",
            agreed(false, true, 15, 15),
        ),
        (
            "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
            agreed(false, false, 8, 8),
        ),
        (
            "permessage-deflate; client_max_window_bits=\"\\9\"; server_max_window_bits = 12",
            agreed(false, false, 12, 9),
        ),
        (
            "permessage-deflate;client_max_window_bits=10;client_no_context_takeover;\
             server_max_window_bits=11;server_no_context_takeover",
            agreed(true, true, 11, 10),
        ),
    ] {
        let shown = field.trim().to_owned();
        assert_eq!(
            answer(Some(&DeflateOffer::default()), &[field]),
            Ok((shown.clone(), Some(wanted))),
            "{field}"
        );
        assert_eq!(PerMessageDeflate::from_extensions(&shown), Some(wanted));
    }
    for offer in [None, Some(&DeflateOffer::default())] {
        assert_eq!(answer(offer, &[]), Ok((String::new(), None)));
    }
    for text in ["", "x", "x; a=1", "permessage-deflate; x", ";"] {
        assert_eq!(PerMessageDeflate::from_extensions(text), None);
    }
}

#[test]
fn window_bits_are_8_to_15_written_in_one_way() {
    for parameter in ["server_max_window_bits", "client_max_window_bits"] {
        for bits in 8..=15 {
            let field = format!("permessage-deflate; {parameter}={bits}");
            let (_, agreed) = answer(Some(&DeflateOffer::default()), &[&field]).unwrap();
            let agreed = agreed.unwrap();
            assert_eq!(
                agreed.server_max_window_bits + agreed.client_max_window_bits,
                15 + bits
            );
        }
        for value in [
            "7",
            "16",
            "08",
            "015",
            "0",
            "1",
            "00",
            "18",
            "20",
            "25",
            "15x",
            "x15",
            "1.5",
            "+9",
            "-9",
            "99999999999999999999",
            "15\u{20}",
        ] {
            let field = format!("permessage-deflate; {parameter}=\"{value}\"");
            let wanted = match value.contains(' ') {
                true => format!(
                    "the answer's Sec-WebSocket-Extensions field {} breaks the grammar of RFC 6455 9.1",
                    Excerpt::of(field.as_bytes())
                ),
                false => format!(
                    "the server's answer to permessage-deflate cannot be accepted: {parameter} is \"{value}\", \
                     not a number from 8 to 15 without leading zeros"
                ),
            };
            assert_eq!(
                answer(Some(&DeflateOffer::default()), &[&field]),
                Err(wanted)
            );
        }
    }
}

#[test]
fn any_other_parameter_fails_with_its_reason() {
    for (parameters, reason) in [
        (
            "client_max_window_bits",
            "client_max_window_bits has no value",
        ),
        (
            "server_max_window_bits",
            "server_max_window_bits has no value",
        ),
        (
            "server_no_context_takeover=1",
            "server_no_context_takeover has the value \"1\", but takes none",
        ),
        (
            "client_no_context_takeover=true",
            "client_no_context_takeover has the value \"true\", but takes none",
        ),
        (
            "server_no_context_takeover; server_no_context_takeover",
            "the parameter server_no_context_takeover stands there twice",
        ),
        (
            "client_max_window_bits=15; client_max_window_bits=15",
            "the parameter client_max_window_bits stands there twice",
        ),
        ("x", "the parameter \"x\" is unknown"),
        (
            "Server_Max_Window_Bits=9",
            "the parameter \"Server_Max_Window_Bits\" is unknown",
        ),
        (
            "max_window_bits=15",
            "the parameter \"max_window_bits\" is unknown",
        ),
    ] {
        let field = format!("permessage-deflate; {parameters}");
        let wanted =
            format!("the server's answer to permessage-deflate cannot be accepted: {reason}");
        assert_eq!(
            answer(Some(&DeflateOffer::default()), &[&field]),
            Err(wanted),
            "{field}"
        );
    }
}

#[test]
fn a_demand_that_the_server_does_not_meet_fails_with_its_reason() {
    let offer = DeflateOffer {
        server_no_context_takeover: true,
        client_no_context_takeover: true,
        server_max_window_bits: 10,
        client_max_window_bits: Some(12),
    };
    for (parameters, reason) in [
        (
            "; server_max_window_bits=10",
            "the server ignored the demand for server_no_context_takeover",
        ),
        (
            "; server_no_context_takeover",
            "the server ignored the demand for server_max_window_bits",
        ),
        (
            "; server_no_context_takeover; server_max_window_bits=11",
            "server_max_window_bits is 11, more than the 10 that were demanded",
        ),
        (
            "; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=13",
            "client_max_window_bits is 13, more than the 12 that were offered",
        ),
        (
            "",
            "the server ignored the demand for server_no_context_takeover",
        ),
    ] {
        let field = format!("permessage-deflate{parameters}");
        let wanted =
            format!("the server's answer to permessage-deflate cannot be accepted: {reason}");
        assert_eq!(answer(Some(&offer), &[&field]), Err(wanted), "{field}");
    }
    // Declining the whole offer meets every demand, and what is wanted of this side is done in any case.
    assert_eq!(answer(Some(&offer), &[]), Ok((String::new(), None)));
    for (own, bits) in [("", 12), ("; client_max_window_bits=9", 9)] {
        let field = format!(
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=9{own}"
        );
        let (_, typed) = answer(Some(&offer), &[&field]).unwrap();
        assert_eq!(typed, Some(agreed(true, true, 9, bits)));
    }
    let silent = DeflateOffer {
        client_max_window_bits: None,
        ..DeflateOffer::default()
    };
    let field = "permessage-deflate; client_max_window_bits=15";
    let wanted = "the server's answer to permessage-deflate cannot be accepted: \
                  client_max_window_bits was not offered";
    assert_eq!(answer(Some(&silent), &[field]), Err(wanted.to_owned()));
}

#[test]
fn no_extension_comes_that_was_not_offered_nor_any_twice() {
    let offer = DeflateOffer::default();
    let twice = "the server answered with the extension permessage-deflate twice";
    let unknown =
        |name| format!("the server answered with the extension {name:?}, which was not offered");
    let unasked =
        |name| format!("the server answered with the extension {name:?}, but none was offered");
    let broken = |field| {
        format!(
            "the answer's Sec-WebSocket-Extensions field {field:?} breaks the grammar of RFC 6455 9.1"
        )
    };
    let empty = "the answer has an empty Sec-WebSocket-Extensions field".to_owned();
    for (offer, fields, wanted) in [
        (
            None,
            &["permessage-deflate"][..],
            unasked("permessage-deflate"),
        ),
        (None, &["x; a=1, y"], unasked("x")),
        (None, &["x", "y"], unasked("x")),
        (None, &[""], empty.clone()),
        (Some(&offer), &[""], empty.clone()),
        (Some(&offer), &[" , "], empty.clone()),
        (Some(&offer), &["permessage-deflate", ""], empty),
        (Some(&offer), &["x"], unknown("x")),
        (
            Some(&offer),
            &["Permessage-Deflate"],
            unknown("Permessage-Deflate"),
        ),
        (
            Some(&offer),
            &["x-webkit-deflate-frame"],
            unknown("x-webkit-deflate-frame"),
        ),
        (Some(&offer), &["permessage-deflate, x"], unknown("x")),
        (
            Some(&offer),
            &["permessage-deflate, permessage-deflate"],
            twice.to_owned(),
        ),
        (
            Some(&offer),
            &["permessage-deflate", "permessage-deflate"],
            twice.to_owned(),
        ),
        (
            Some(&offer),
            &["permessage-deflate;"],
            broken("permessage-deflate;"),
        ),
        (
            Some(&offer),
            &["permessage-deflate;;x"],
            broken("permessage-deflate;;x"),
        ),
        (
            Some(&offer),
            &["permessage-deflate; server_max_window_bits="],
            broken("permessage-deflate; server_max_window_bits="),
        ),
        (
            Some(&offer),
            &["permessage-deflate client_max_window_bits=15"],
            broken("permessage-deflate client_max_window_bits=15"),
        ),
    ] {
        assert_eq!(answer(offer, fields), Err(wanted), "{fields:?}");
    }
}
