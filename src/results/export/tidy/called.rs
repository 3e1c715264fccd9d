//! Values of calls and flags in a row. In: calls. Out: scores, ids and labels, which are absent without a call.

use std::{collections::HashMap, sync::Arc};

use crate::results::{
    Call, CallTable, Flags,
    calls::{Caller, Levels},
    export::table::Value,
};

/// Values of a column with flags: the names of each cell's flags, absent if it has none.
pub(super) struct FlagColumn {
    flags: Vec<Flags>,
    names: HashMap<Flags, Value>,
}

impl FlagColumn {
    pub(super) fn new(flags: Vec<Flags>) -> Self {
        let value = |set: Flags| if set.is_empty() { Value::Absent } else { Value::text(&set.names()) };
        Self { flags, names: Flags::all_sets().map(|set| (set, value(set))).collect() }
    }

    pub(super) fn of(&self, row: usize) -> Value {
        let flags = self.flags.get(row).copied().unwrap_or_default();
        self.names.get(&flags).cloned().unwrap_or(Value::Absent)
    }
}

/// The inputs of the columns with calls.
pub(super) struct Called {
    pub(super) caller: Caller,
    pub(super) terms: Terms,
    pub(super) flags: FlagColumn,
    pub(super) no_call: Value,
    pub(super) levels: Option<Levels>,
}

impl Called {
    /// Adds three values for each call. Calls may be padded with the root.
    pub(super) fn push(&self, values: &mut Vec<Value>, calls: &[Call]) {
        for (rank, call) in calls.iter().enumerate() {
            let (id, label) = &self.terms[call.term.as_usize()];
            values.extend(match (self.caller.is_call(call), rank) {
                (true, _) => [Value::Real(call.score), Value::Text(id.clone()), Value::Text(label.clone())],
                (false, 0) => [Value::Absent, Value::Absent, self.no_call.clone()],
                (false, _) => [Value::Absent, Value::Absent, Value::Absent],
            });
        }
    }

    /// Returns the score, the id and the label of a call, or absent values.
    pub(super) fn call(&self, call: Option<Call>) -> [Value; 3] {
        let Some(call) = call else { return [Value::Absent, Value::Absent, Value::Absent] };
        let (id, label) = &self.terms[call.term.as_usize()];
        [Value::Real(call.score), Value::Text(id.clone()), Value::Text(label.clone())]
    }

    /// Adds three values for each call of a cell's cluster; absent values if the cell has no cluster.
    pub(super) fn push_cluster(&self, values: &mut Vec<Value>, row: usize, table: &CallTable) {
        let calls: Vec<Call> = table.official_row(row).collect();
        self.push(values, &calls);
        values.extend(std::iter::repeat_n(Value::Absent, 3 * (table.top_k() - calls.len())));
    }
}

/// The id and the label of each term, shared by all cells.
type Terms = Vec<(Arc<str>, Arc<str>)>;
