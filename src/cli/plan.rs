//! `castui plan`

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use indicatif::HumanCount;
use serde_json::json;

use super::{
    Exit,
    call_rule::RuleArguments,
    context::{Context, print, print_json, say},
    obs_options::{ObsArguments, report_matches},
    remedy,
    run_options::SampleArguments,
    table::{Side, Table},
};
use crate::{
    analysis::Watch,
    domain::{Quota, QuotaLimit, SampleBy, SampleRequest},
    engine::{
        SampledMatrix, components,
        inspect::inspect,
        sample::{self, Sample},
    },
    matrix::Matrix,
    results::{
        Results,
        infer::{self, InferOptions, Inference},
    },
    store::{Fingerprint, Run},
};

/// The agreement below which a group needs more annotated cells.
const ENOUGH: f64 = 0.9;
/// The least number of annotated cells of a group whose agreement says something.
const TELLING: usize = 10;

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nothing is sent. Runs of the file that exist already are named with --beyond: their cells count as part of the \
                        sample, and the agreement measured on them shows which groups need more."
)]
pub(super) struct Arguments {
    /// File to annotate
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    obs: ObsArguments,
    #[command(flatten)]
    sample: SampleArguments,
    #[command(flatten)]
    rule: RuleArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A group of a plan.
struct Group {
    name: String,
    cells: usize,
    annotated: usize,
    new: usize,
    /// The number of annotated cells that were inferred from others, and how many of them agree.
    measured: Option<(usize, usize)>,
}

impl Group {
    fn agreement(&self) -> Option<f64> {
        self.measured.filter(|(cells, _)| *cells >= TELLING).map(|(cells, right)| right as f64 / cells as f64)
    }

    fn needs_more(&self) -> bool {
        self.agreement().is_some_and(|agreement| agreement < ENOUGH)
    }
}

/// A planned sample.
struct Plan {
    sample: Sample,
    cells: usize,
    groups: Vec<Group>,
    expected: Option<f64>,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    let request = arguments.sample.request();
    let request = request.ok_or_else(|| anyhow::anyhow!("name the size of the sample: --sample N, or --sample P%"))?;
    let plan = Plan::new(arguments, &request, &context.settings.paths.cache)?;
    let quota = match context.service() {
        Ok(service) => service.quota().await.map_err(|error| remedy::sentence(&error)),
        Err(error) => Err(remedy::sentence(error.as_ref())),
    };
    if arguments.json {
        print_json(&plan.as_json(quota.as_ref().ok()))?;
    } else {
        plan.print(quota.as_ref())?;
    }
    Ok(Exit::Ok)
}

impl Plan {
    fn new(arguments: &Arguments, request: &SampleRequest, cache: &Path) -> anyhow::Result<Self> {
        let tables = arguments.obs.read()?;
        let (matrix, inspection) = inspect(&arguments.file, &tables)?;
        report_matches(&matrix, &tables)?;
        let taken =
            inspection.suggest().ok_or_else(|| anyhow::anyhow!("{} has no raw counts", arguments.file.display()))?;
        let sampled = SampledMatrix {
            matrix: &matrix,
            source: &taken.count_matrix,
            values: Default::default(),
            cache: Some(cache),
        };
        let fingerprint = Fingerprint::of(&arguments.file)?;
        let runs = &arguments.sample.beyond;
        let already = sample::rows_of_runs(runs.iter().map(PathBuf::as_path), &fingerprint)?;
        let sample = sample::choose(sampled, request, &already, Watch::default())?;
        let inference = measure(arguments, sampled, &sample)?;
        let expected = inference.as_ref().and_then(Inference::expected_agreement);
        let measured = inference.map(|inference| inference.left_out).unwrap_or_default();
        let groups = groups(&matrix, &sample, &already.into_iter().collect::<Vec<_>>(), &measured)?;
        Ok(Self { sample, cells: matrix.cell_count(), groups, expected })
    }

    fn print(&self, quota: Result<&Quota, &String>) -> anyhow::Result<()> {
        let new = self.sample.rows.len();
        let count = |count: usize| HumanCount(count as u64).to_string();
        let mut table = Table::new(0, [Side::Left, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left]);
        table.row(["group", "cells", "annotated", "to send", "agreement", ""]);
        for group in &self.groups {
            let agreement = group.agreement().map(|agreement| format!("{:.0} %", 100.0 * agreement));
            table.row([
                group.name.clone(),
                count(group.cells),
                count(group.annotated),
                count(group.new),
                agreement.unwrap_or_default(),
                if group.needs_more() { "needs more".to_owned() } else { String::new() },
            ]);
        }
        print(format_args!("{table}"))?;
        let by = match &self.sample.by {
            SampleBy::Column(column) => format!("groups of {column}"),
            SampleBy::Clusters | SampleBy::Sketch => "a sketch of the principal components".to_owned(),
        };
        say(format_args!("{} of {} cells to send, chosen by {by}; nothing was sent", count(new), count(self.cells)));
        if let Some(expected) = self.expected {
            say(format_args!("agreement of inferred calls so far: {:.1} % on the same branch", 100.0 * expected));
        }
        match quota {
            Ok(quota) => say(format_args!("{}", cost(quota, new as u64))),
            Err(error) => say(format_args!("the quota is unknown: {error}")),
        }
        Ok(())
    }

    fn as_json(&self, quota: Option<&Quota>) -> serde_json::Value {
        let groups = self.groups.iter().map(|group| {
            json!({
                "group": group.name,
                "cells": group.cells,
                "annotated": group.annotated,
                "to_send": group.new,
                "agreement": group.agreement(),
                "needs_more": group.needs_more(),
            })
        });
        json!({
            "cells": self.cells,
            "to_send": self.sample.rows.len(),
            "by": self.sample.by.to_string(),
            "groups": groups.collect::<Vec<_>>(),
            "expected_agreement": self.expected,
            "quota": quota.map(|quota| json!({
                "usable": quota.usable(),
                "suffices": quota.usable().is_none_or(|left| left >= self.sample.rows.len() as u64),
                "resets_at": quota.resets_at,
            })),
        })
    }
}

/// Returns the cost of a sample against the limits.
fn cost(quota: &Quota, cells: u64) -> String {
    let needed = HumanCount(cells);
    match (quota.usable(), quota.binding_limit()) {
        (None, _) | (_, None) => format!("it costs {needed} cells; the quota is unlimited"),
        (Some(left), _) if left >= cells => format!("it costs {needed} of {} cells that are left", HumanCount(left)),
        (Some(left), Some(QuotaLimit::Lifetime)) => {
            format!("it costs {needed} cells, more than the {} left in the lifetime of the account", HumanCount(left))
        }
        (Some(left), Some(QuotaLimit::Weekly)) => {
            let reset = quota
                .resets_at
                .as_deref()
                .map(|then| format!("; the limit is reset {}", crate::domain::text::excerpt(then)));
            format!(
                "it costs {needed} cells, more than the {} left this week{}",
                HumanCount(left),
                reset.unwrap_or_default()
            )
        }
    }
}

/// Infers the annotated cells of runs from each other.
fn measure(arguments: &Arguments, sampled: SampledMatrix<'_>, sample: &Sample) -> anyhow::Result<Option<Inference>> {
    let runs = arguments.sample.beyond.iter().map(|folder| Ok(Results::open(&Run::open(folder)?)?));
    let runs = runs.collect::<anyhow::Result<Vec<_>>>()?;
    let Some(first) = runs.first() else { return Ok(None) };
    let calls = arguments.rule.options(1, Some(first.ontology()?))?;
    let groups = match &sample.by {
        SampleBy::Column(column) => Some(sample::groups(sampled.matrix, column)?),
        SampleBy::Clusters | SampleBy::Sketch => None,
    };
    let computed;
    let points = match &sample.coordinates {
        Some(points) => points,
        None => {
            computed = components::coordinates(sampled, Watch::default())?;
            &computed
        }
    };
    let options = InferOptions { neighbors: None, calls };
    Ok(Some(infer::infer(&runs, points, groups.as_deref(), &options)?))
}

/// Counts the cells of each group. A sketch does not define groups, so all cells are one.
fn groups(matrix: &Matrix, sample: &Sample, already: &[u32], measured: &[(u32, bool)]) -> anyhow::Result<Vec<Group>> {
    let (codes, names) = match &sample.by {
        SampleBy::Column(column) => sample::named_groups(matrix, column)?,
        SampleBy::Clusters | SampleBy::Sketch => (vec![Some(0); matrix.cell_count()], vec!["all cells".to_owned()]),
    };
    let mut groups: BTreeMap<Option<u32>, Group> = BTreeMap::new();
    for code in &codes {
        let name = || code.map_or("(no value)", |code| names[code as usize].as_str()).to_owned();
        let group = groups.entry(*code).or_insert_with(|| Group {
            name: name(),
            cells: 0,
            annotated: 0,
            new: 0,
            measured: None,
        });
        group.cells += 1;
    }
    let mut count = |row: u32, add: &dyn Fn(&mut Group)| {
        if let Some(group) = codes.get(row as usize).and_then(|code| groups.get_mut(code)) {
            add(group);
        }
    };
    already.iter().for_each(|row| count(*row, &|group| group.annotated += 1));
    sample.rows.rows().iter().for_each(|row| count(*row, &|group| group.new += 1));
    for (row, is_right) in measured {
        count(*row, &|group| {
            let (cells, right) = group.measured.unwrap_or_default();
            group.measured = Some((cells + 1, right + usize::from(*is_right)));
        });
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.needs_more(), group.cells)));
    Ok(groups)
}
