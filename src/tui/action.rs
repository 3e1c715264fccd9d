//! Actions of the user. An action is only an intent: it knows no key, and drawing and waiting are not actions.

use std::{fmt, str::FromStr};

macro_rules! actions {
    ($($name:ident $text:literal $description:literal;)*) => {
        /// An action of the user.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each has its description as data")]
        pub enum Action { $($name,)* }

        impl Action {
            /// All actions.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the name in the key table and the configuration file.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Returns the description for help and palette.
            pub fn description(self) -> &'static str {
                match self { $(Self::$name => $description,)* }
            }
        }
    };
}

actions! {
    Help "help" "Show the keys";
    Palette "palette" "Find and run a command";
    ShowLog "show-log" "Show the log: messages and failures of the run";
    Back "back" "Go back, close, cancel";
    Quit "quit" "Quit castui";
    Interrupt "interrupt" "Interrupt; press twice to quit";
    Suspend "suspend" "Suspend castui; the shell's fg returns";
    Redraw "redraw" "Redraw the screen";
    ToggleMouse "toggle-mouse" "Turn the mouse on or off (scroll, click)";
    NextTheme "next-theme" "Switch between dark and light";

    Up "up" "Up";
    Down "down" "Down";
    Left "left" "Scroll left, fold a branch, leave a folder";
    Right "right" "Scroll right, unfold a branch, enter a folder";
    PageUp "page-up" "Page up";
    PageDown "page-down" "Page down";
    HalfPageUp "half-page-up" "Half a page up";
    HalfPageDown "half-page-down" "Half a page down";
    PageLeft "page-left" "Page left";
    PageRight "page-right" "Page right";
    First "first" "Go to the first row";
    Last "last" "Go to the last row";
    Accept "accept" "Open, choose, continue";
    NextPane "next-pane" "Go to the next pane or field";
    PreviousPane "previous-pane" "Go to the previous pane or field";
    Search "search" "Search";
    NextMatch "next-match" "Go to the next match";
    PreviousMatch "previous-match" "Go to the previous match";
    Filter "filter" "Show only what matches";

    NewRun "new-run" "Annotate a file";
    OpenFolder "open-folder" "Open a run folder";
    Refresh "refresh" "Ask the server again";
    ShowQueue "show-queue" "Show the queue of files";
    RemoveQueued "remove-queued" "Remove the file from the queue";
    Resume "resume" "Resume a run: send only what is missing";
    ChangeToken "change-token" "Log in with another token";

    ToggleHidden "toggle-hidden" "Show or hide hidden files";
    GoHome "go-home" "Go to the home folder";
    GoScratch "go-scratch" "Go to $SCRATCH";
    GoStart "go-start" "Go to the folder castui was started in";
    Toggle "toggle" "Switch on or off, or choose the next value";
    ResetField "reset-field" "Reset to the default value";
    EditOptions "edit-options" "Change the options";
    CopyCommand "copy-command" "Copy the equivalent command";

    Pause "pause" "Pause or continue the run";
    Cancel "cancel" "Cancel the run (asks first; answers are kept)";
    RetryNow "retry-now" "Retry waiting chunks now";
    NextTrouble "next-trouble" "Go to the next chunk that failed or is retrying";

    PaneOverview "pane-overview" "Overview: cell types, groups, doubtful calls";
    Pane1 "pane-1" "Cells";
    Pane2 "pane-2" "Ontology (all cells or one cluster)";
    Pane3 "pane-3" "Matches of the cell";
    Pane4 "pane-4" "Neighbors of the cell";
    Pane5 "pane-5" "Clusters";
    Pane6 "pane-6" "Embedding";
    Pane7 "pane-7" "Metadata of the neighbors";
    Pane8 "pane-8" "Look up reference cells by id";
    Pane9 "pane-9" "Summary statistics";
    PaneEvidence "pane-evidence" "Genes that support the call of the cell";
    PaneDotPlot "pane-dotplot" "Dot plot: genes in groups of cells";
    Pane0 "pane-0" "The run";
    ZoomPane "zoom-pane" "Show one pane or several";
    NextCell "next-cell" "Go to the next cell, in any pane";
    PreviousCell "previous-cell" "Go to the previous cell, in any pane";
    RaiseThreshold "raise-threshold" "Raise the call threshold by 0.05";
    LowerThreshold "lower-threshold" "Lower the call threshold by 0.05";
    RaiseEvidence "raise-evidence" "Raise the minimum score of the tree by 0.01";
    LowerEvidence "lower-evidence" "Lower the minimum score of the tree by 0.01";
    RaiseFraction "raise-fraction" "Raise the minimum fraction of cells by 0.01";
    LowerFraction "lower-fraction" "Lower the minimum fraction of cells by 0.01";
    Thresholds "thresholds" "Set all thresholds";
    Sort "sort" "Sort by a column";
    ReverseSort "reverse-sort" "Reverse the order";
    Columns "columns" "Choose the columns, or the genes";
    SameAs "same-as" "Filter by this value";
    Mark "mark" "Mark or unmark the cell";
    Unmark "unmark" "Unmark all cells";
    ToggleInferred "toggle-inferred" "Show or hide inferred cells (~)";
    Fold "fold" "Fold or unfold the branch";
    Explain "explain" "Explain the call; in 9 summary, show datasets";
    ColorBy "color-by" "Choose the colors, the group or the column";
    GroupBy "group-by" "Choose the column with clusters or labels";
    TreeRoot "tree-root" "Make this term the root, or show all again";
    HideTerm "hide-term" "Hide this term and all below it";
    ShowTerms "show-terms" "Show all hidden terms again";
    CalledOnly "called-only" "Show called terms only, or all again";
    AddGene "add-gene" "Add a gene: a column, the color of the plot";
    CancelWork "cancel-work" "Stop reading or comparing genes or labels";
    SelectBox "box" "Select cells with a box";
    ZoomIn "zoom-in" "Zoom into the plot";
    ZoomOut "zoom-out" "Zoom out of the plot";
    Marker "marker" "Draw the plot with other characters";
    LegendDown "legend-down" "Show later groups of the legend";
    LegendUp "legend-up" "Show earlier groups of the legend";
    Fetch "fetch" "Fetch missing metadata from the server";
    Cluster "cluster" "Compute clusters and a map, or cancel that";
    Benchmark "benchmark" "Compare the calls with known labels";
    Consensus "consensus" "Find the consensus of the calls and other labels";
    RaiseAgreement "raise-agreement" "Require one more tool to agree";
    LowerAgreement "lower-agreement" "Require one tool less to agree";
    Diff "diff" "Compare the calls with those of another run";
    Methods "methods" "Show the Methods paragraph for a paper";
    Copy "copy" "Copy";
    CopyMenu "copy-menu" "Choose what to copy";
    Export "export" "Export";
}

impl Action {
    /// The actions that show a pane of a run, in the order of the tabs.
    pub const PANES: [Self; 13] = [
        Self::PaneOverview,
        Self::Pane1,
        Self::Pane2,
        Self::Pane3,
        Self::Pane4,
        Self::Pane5,
        Self::Pane6,
        Self::Pane7,
        Self::Pane8,
        Self::Pane9,
        Self::PaneEvidence,
        Self::PaneDotPlot,
        Self::Pane0,
    ];
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name without an action.
#[derive(Debug, thiserror::Error)]
#[error("there is no action '{}'", crate::domain::text::excerpt(.0))]
pub struct UnknownAction(String);

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|action| action.name() == name);
        found.copied().ok_or_else(|| UnknownAction(name.to_owned()))
    }
}
