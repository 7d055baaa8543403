//! Comma-separated values (RFC 4180) that no spreadsheet takes for a formula.

/// One table, its first row the heads.
pub fn write(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        let fields: Vec<String> = row.iter().map(|field| quoted(field)).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@']) && field.parse::<f64>().is_err();
    let field = if formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_commas_and_run_nothing() {
        let row = ["a,b", "say \"x\"", "=1+1", "-5", "plain"].map(str::to_owned).to_vec();
        assert_eq!(write(&[row]), "\"a,b\",\"say \"\"x\"\"\",'=1+1,-5,plain\r\n");
    }
}
