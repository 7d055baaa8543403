//! Which encodings of an answer a client takes (RFC 9110, section 12.5.3).

/// Whether an `Accept-Encoding` names a coding, itself or by `*`, and does not refuse it.
pub(crate) fn takes(header: &str, coding: &str) -> bool {
    let mut by_star = false;
    for part in header.split(',') {
        let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = parameters.split(';').find_map(|it| it.trim().strip_prefix("q="));
        let taken = weight.is_none_or(|it| it.trim().parse::<f32>().is_ok_and(|it| it > 0.0));
        match name.trim() {
            name if name.eq_ignore_ascii_case(coding) => return taken,
            "*" => by_star = taken,
            _ => {}
        }
    }
    by_star
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_that_is_refused_is_not_taken() {
        for taken in ["br", "gzip, br", "gzip;q=0.5, BR;q=0.1", "*", "br;q=1, *;q=0"] {
            assert!(takes(taken, "br"), "{taken}");
        }
        for refused in ["", "gzip", "br;q=0", "*;q=0", "br;q=0.000, *", "brr", "br; q=x"] {
            assert!(!takes(refused, "br"), "{refused}");
        }
    }
}
