//! Lists of many run folders, some of which are damaged, hostile, or held by other processes.

use std::{fs, os::unix::fs::symlink};

use super::{
    folders::{annotated, frugal, make_pipe, soon},
    world::World,
};

/// The number of hostile folders.
const FOLDERS: usize = 300;

/// Makes copies of a run's manifest with damaged locks, and folders without a readable manifest.
fn plant(world: &World) {
    let manifest = fs::read(world.run_folder().join("run.json")).unwrap();
    let held = r#"{"id": "6e1a9a53-0d1c-4f36-a2d4-5b3f0c6a7d01", "host": "another", "pid": 1, "started": 1, "beat_at": "2999-01-01T00:00:00Z"}"#;
    for number in 0..FOLDERS {
        let folder = world.path(&format!("runs/{number}.castui"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("run.json"), &manifest).unwrap();
        let lock = folder.join("lock");
        match number % 6 {
            0 => fs::write(&lock, held).unwrap(),
            1 => make_pipe(&lock),
            2 => symlink("/dev/zero", &lock).unwrap(),
            3 => fs::write(&lock, "").unwrap(),
            4 => {
                for part in 0..20 {
                    fs::write(folder.join(format!("lock-{part}-of-20")), "{").unwrap();
                }
            }
            _ => fs::write(folder.join("run.json"), &manifest[..manifest.len() / 2]).unwrap(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_damaged_or_held_runs_do_not_delay_a_list() {
    let world = annotated().await;
    plant(&world);
    let ended = soon(frugal(&world, &["runs", "runs", "--json"])).await;
    // 50 runs are on hold elsewhere; 150 have locks that count as abandoned or are left out with a message.
    assert_eq!(
        ended.said.matches(r#""state":"running""#).count() + ended.said.matches(r#""state": "running""#).count(),
        50
    );
    // Resuming takes the damaged locks of the parts over, after waiting once for all of them.
    let resumed = soon(world.castui(&["resume", "runs/4.castui", "--server", &world.url()])).await;
    assert!(!resumed.said.contains("another process"), "{resumed:?}");
}
