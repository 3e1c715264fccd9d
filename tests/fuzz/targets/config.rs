//! The configuration: settings, keys and theme.
#![no_main]

use castui::{
    config::fuzzing::read_config,
    tui::{
        keymap::Keymap,
        theme::{Background, ColorDepth, Theme},
    },
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(options) = read_config(text) else { return };
    if let Ok(keymap) = Keymap::with_changes(&options.keys) {
        assert_eq!(keymap.all().len(), Keymap::bundled().map_or(0, |bundled| bundled.all().len()));
    }
    for background in [Background::Dark, Background::Light] {
        let _ = Theme::with_overrides(background, ColorDepth::True, &options.theme.to_string());
    }
});
