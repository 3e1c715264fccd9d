//! `castui quota`

use indicatif::HumanCount;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::json;

use super::{
    Exit,
    context::{Context, print, print_json, say},
    table::{Side, Table},
    when::span,
};
use crate::domain::{Quota, QuotaLimit, text::excerpt};

/// The lifetime quota below which castui suggests to raise it by feedback, as in the official client.
const LOW_LIFETIME: i64 = 25_000;

/// Arguments of `quota`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exits with code 5 when nothing is left, or less than --needs.")]
pub(super) struct Arguments {
    /// Print one line, for a shell prompt: what is left of the limit that is reached first
    #[arg(long, conflicts_with = "json")]
    short: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Cells that are to be sent
    #[arg(long, value_name = "CELLS", default_value_t = 1)]
    needs: u64,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    let quota = context.service()?.quota().await?;
    if arguments.short {
        print(format_args!("{}", short(&quota)))?;
    } else if arguments.json {
        print_json(&as_json(&quota))?;
    } else {
        print(format_args!("{}", full(&quota, Timestamp::now())))?;
        if !quota.was_increased && quota.remaining_lifetime.is_some_and(|left| left < LOW_LIFETIME) {
            say(format_args!("giving feedback raises the lifetime quota once: `castui feedback`"));
        }
    }
    let missing = quota.usable().map_or(0, |left| arguments.needs.saturating_sub(left));
    if missing > 0 && arguments.needs > 1 {
        say(format_args!("the quota is {} cells short of {}", HumanCount(missing), HumanCount(arguments.needs)));
    }
    Ok(if missing > 0 { Exit::Quota } else { Exit::Ok })
}

fn short(quota: &Quota) -> String {
    let amount = |left: Option<i64>, of: Option<u64>| {
        let left = left.unwrap_or_default();
        of.map_or_else(|| left.to_string(), |of| format!("{left}/{of}"))
    };
    match quota.binding_limit() {
        None => "unlimited".into(),
        Some(QuotaLimit::Lifetime) => format!("{} lifetime", amount(quota.remaining_lifetime, quota.lifetime)),
        Some(QuotaLimit::Weekly) => {
            let resets = quota.resets_at.as_deref().map(|then| format!(", resets {}", date(then, "%a %-d %b")));
            format!("{} weekly{}", amount(quota.remaining_weekly, quota.weekly), resets.unwrap_or_default())
        }
    }
}

fn full(quota: &Quota, now: Timestamp) -> Table {
    let mut table = Table::new(0, [Side::Left, Side::Right, Side::Left, Side::Left]);
    let binding = quota.binding_limit();
    let binds = |limit| if binding == Some(limit) { "limiting" } else { "" };
    let resets = quota.resets_at.as_deref().map(|then| resets(then, now)).unwrap_or_default();
    for (limit, left, of, resets) in [
        (QuotaLimit::Weekly, quota.remaining_weekly, quota.weekly, resets.as_str()),
        (QuotaLimit::Lifetime, quota.remaining_lifetime, quota.lifetime, ""),
    ] {
        if limit == QuotaLimit::Weekly && quota.weekly_is_capped() {
            let of = of.map_or_else(String::new, |of| format!("of {}", HumanCount(of)));
            table.row([name(limit), "not limiting", &of, resets]);
            continue;
        }
        let of = of.map_or_else(String::new, |of| format!("of {}", HumanCount(of)));
        let left = left.map_or_else(|| "unlimited".into(), rest);
        let notes = [resets, binds(limit)].into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join("  ");
        table.row([name(limit), &left, &of, &notes]);
    }
    table
}

/// Returns what remains of a limit in words. Chunks in parallel can overdraw it.
fn rest(left: i64) -> String {
    let cells = HumanCount(left.unsigned_abs());
    if left < 0 { format!("{cells} over the limit") } else { format!("{cells} left") }
}

fn name(limit: QuotaLimit) -> &'static str {
    match limit {
        QuotaLimit::Weekly => "weekly",
        QuotaLimit::Lifetime => "lifetime",
    }
}

/// Returns the reset date with the time until then. Servers send dates without a zone, which are in UTC.
fn resets(then: &str, now: Timestamp) -> String {
    let in_how_long =
        moment(then).filter(|then| *then > now).map(|then| format!(", in {}", span(then.duration_since(now))));
    format!("resets {}{}", date(then, "%a %-d %b %Y"), in_how_long.unwrap_or_default())
}

/// Returns the date in a format; a text that is not a date is returned unchanged.
fn date(text: &str, format: &str) -> String {
    moment(text).map_or_else(|| excerpt(text), |then| then.strftime(format).to_string())
}

/// Returns the moment of a date of the server. Dates without a zone are in UTC.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let without_zone = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|then| then.timestamp());
    text.parse().ok().or_else(without_zone)
}

fn as_json(quota: &Quota) -> serde_json::Value {
    json!({
        "usable": quota.usable(),
        "binding_limit": quota.binding_limit().map(name),
        "weekly": { "limit": quota.weekly, "remaining": quota.remaining_weekly, "resets_at": quota.resets_at },
        "lifetime": {
            "limit": quota.lifetime,
            "remaining": quota.remaining_lifetime,
            "was_increased": quota.was_increased,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(weekly: Option<i64>, lifetime: Option<i64>) -> Quota {
        Quota {
            weekly: weekly.map(|_| 100_000),
            remaining_weekly: weekly,
            resets_at: weekly.map(|_| "2025-11-24T00:00:00".into()),
            lifetime: lifetime.map(|_| 200_000),
            remaining_lifetime: lifetime,
            was_increased: true,
        }
    }

    #[test]
    fn the_short_form_shows_the_limit_that_is_reached_first() {
        assert_eq!(short(&quota(Some(43_600), Some(90_000))), "43600/100000 weekly, resets Mon 24 Nov");
        assert_eq!(short(&quota(Some(43_600), Some(43_600))), "43600/200000 lifetime");
        assert_eq!(short(&quota(Some(5), None)), "5/100000 weekly, resets Mon 24 Nov");
        assert_eq!(short(&quota(None, None)), "unlimited");
    }

    #[test]
    fn the_long_form_shows_when_the_week_restarts() {
        let now = "2025-11-21T20:00:00Z".parse().unwrap();
        assert_eq!(
            full(&quota(Some(43_600), Some(90_000)), now).to_string(),
            "weekly    43,600 left  of 100,000  resets Mon 24 Nov 2025, in 2 d 4 h  limiting\n\
             lifetime  90,000 left  of 200,000"
        );
        let odd = Quota { resets_at: Some("\x1bsoon".into()), ..quota(Some(0), Some(0)) };
        assert_eq!(
            full(&odd, now).to_string(),
            "weekly    not limiting  of 100,000  resets \u{FFFD}soon\n\
             lifetime        0 left  of 200,000  limiting"
        );
    }

    #[test]
    fn a_new_user_does_not_see_half_a_week_as_used() {
        let now = "2025-11-21T20:00:00Z".parse().unwrap();
        let quota = Quota { lifetime: Some(50_000), ..quota(Some(50_000), Some(50_000)) };
        assert_eq!(
            full(&quota, now).to_string(),
            "weekly    not limiting  of 100,000  resets Mon 24 Nov 2025, in 2 d 4 h\n\
             lifetime   50,000 left  of 50,000   limiting"
        );
        assert_eq!(short(&quota), "50000/50000 lifetime");
    }

    #[test]
    fn dates_with_and_without_a_zone_are_parsed() {
        assert_eq!(moment("2025-11-24T00:00:00+00:00"), moment("2025-11-24T00:00:00.000"));
        assert_eq!(moment("2025-11-24"), moment("2025-11-24T00:00:00Z"));
    }

    #[test]
    fn an_overdrawn_quota_says_by_how_many_cells() {
        let now = "2025-11-21T20:00:00Z".parse().unwrap();
        let overdrawn = quota(Some(-120), Some(-120));
        assert_eq!(
            full(&overdrawn, now).to_string(),
            "weekly          not limiting  of 100,000  resets Mon 24 Nov 2025, in 2 d 4 h\n\
             lifetime  120 over the limit  of 200,000  limiting"
        );
        assert_eq!(short(&overdrawn), "-120/200000 lifetime");
        let json = as_json(&overdrawn);
        assert_eq!((&json["usable"], &json["lifetime"]["remaining"]), (&json!(0), &json!(-120)));
    }
}
