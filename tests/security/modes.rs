//! File modes: written files are readable by their owner only, whatever the umask.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use super::{
    secret::files,
    world::{World, run},
};

#[tokio::test(flavor = "multi_thread")]
async fn written_files_are_private_even_with_a_permissive_umask() {
    for umask in ["0000", "0022", "0077"] {
        let world = World::new().await;
        let mut command = Command::new("sh");
        world.prepare(&mut command);
        let script =
            format!("umask {umask}; exec '{}' annotate cells.h5ad --chunk-size 4", env!("CARGO_BIN_EXE_castui"));
        let ended = run({
            command.args(["-c", &script]);
            command
        })
        .await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let folder = world.run_folder();
        let ours = files(&folder).into_iter().chain(files(&world.path(".local")));
        let open: Vec<_> = ours.filter(|path| mode(path) != 0o600).collect();
        assert!(open.is_empty(), "umask {umask}: {open:?}");
        let folders = [folder.clone(), folder.join("answers"), world.path(".local/state/castui")];
        let open: Vec<_> = folders.iter().filter(|path| mode(path) != 0o700).collect();
        assert!(open.is_empty(), "umask {umask}: {open:?}");
        assert!(fs::read_dir(&folder).unwrap().count() > 5);
    }
}
