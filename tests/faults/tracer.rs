//! Kills a process before its nth step. A step is a system call that changes the disk: it creates, writes, syncs,
//! links, renames, truncates or removes a file. A seccomp filter stops the process there, with this thread as its
//! tracer. The place is therefore exact, and the program is unaware of it.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    ptr::null_mut,
};

/// The steps; the index in this list is what the filter reports.
const STEPS: &[(libc::c_long, &str)] = &[
    (libc::SYS_openat, "making a file"),
    (libc::SYS_write, "filling a file"),
    (libc::SYS_fsync, "a sync"),
    (libc::SYS_fdatasync, "a sync of data"),
    (libc::SYS_ftruncate, "cutting a file"),
    (libc::SYS_linkat, "a link"),
    (libc::SYS_unlinkat, "a removal"),
    (libc::SYS_mkdirat, "making a folder"),
    (libc::SYS_renameat, "a rename"),
    (libc::SYS_renameat2, "a rename"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_link, "a link"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_unlink, "a removal"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_mkdir, "making a folder"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rename, "a rename"),
];

/// The result of a traced process.
#[derive(Debug, PartialEq)]
pub enum Traced {
    /// Killed before this step.
    Killed(&'static str),
    /// Exited earlier, with this exit code.
    Ended(i32),
}

/// Runs a command and kills it before its nth step, counted from 1. Also returns the number of steps reached.
///
/// # Errors
/// Fails if processes cannot be traced.
pub fn kill_before(mut command: Command, step: usize) -> io::Result<(Traced, usize)> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // SAFETY: between fork and exec only system calls are made, on memory of this closure.
    let child = unsafe { command.pre_exec(ask_to_be_traced).spawn()? };
    let process = child.id() as libc::pid_t;
    let mut taken = 0;
    let mut traced = None;
    loop {
        let (thread, status) = wait_for_any()?;
        if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) {
            if thread == process {
                let ended = if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) };
                return Ok((traced.unwrap_or(Traced::Ended(ended)), taken));
            }
            continue;
        }
        let mut signal = libc::WSTOPSIG(status);
        match status >> 16 {
            0 if taken == 0 && thread == process && signal == libc::SIGTRAP => follow_threads(process)?,
            libc::PTRACE_EVENT_SECCOMP => {
                taken += 1;
                if taken == step {
                    traced = Some(Traced::Killed(step_of(thread)?));
                    // SAFETY: the child has not been waited for, so the number is still its own.
                    unsafe { libc::kill(process, libc::SIGKILL) };
                }
                signal = 0;
            }
            _ => {}
        }
        // A new thread begins with a stop. Neither this stop nor a trap is meant for the program.
        if matches!(signal, libc::SIGSTOP | libc::SIGTRAP) {
            signal = 0;
        }
        // SAFETY: resumes a thread that is stopped; one that was killed meanwhile makes it fail, which is as well.
        unsafe { libc::ptrace(libc::PTRACE_CONT, thread, null_mut::<libc::c_void>(), signal as libc::c_long) };
    }
}

fn wait_for_any() -> io::Result<(libc::pid_t, i32)> {
    let mut status = 0;
    // SAFETY: writes one integer of ours. Only children and tracees of this very thread are waited for.
    match unsafe { libc::waitpid(-1, &mut status, libc::__WALL | libc::__WNOTHREAD) } {
        -1 => Err(io::Error::last_os_error()),
        thread => Ok((thread, status)),
    }
}

fn follow_threads(process: libc::pid_t) -> io::Result<()> {
    let options = libc::PTRACE_O_TRACESECCOMP
        | libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_EXITKILL;
    // SAFETY: sets options of a tracee that is stopped.
    check(unsafe {
        libc::ptrace(libc::PTRACE_SETOPTIONS, process, null_mut::<libc::c_void>(), options as libc::c_long)
    })
}

fn step_of(thread: libc::pid_t) -> io::Result<&'static str> {
    let mut place: libc::c_ulong = 0;
    // SAFETY: writes one integer of ours.
    check(unsafe { libc::ptrace(libc::PTRACE_GETEVENTMSG, thread, null_mut::<libc::c_void>(), &raw mut place) })?;
    Ok(STEPS[place as usize].1)
}

fn check(result: libc::c_long) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Runs in the child: makes the parent thread its tracer and installs the filter.
fn ask_to_be_traced() -> io::Result<()> {
    let mut filter = [const { instruction(0, 0, 0, 0) }; 2 * STEPS.len() + 8];
    let length = write_filter(&mut filter);
    let program = libc::sock_fprog { len: length as u16, filter: filter.as_mut_ptr() };
    // SAFETY: plain system calls; the kernel copies the program before the call returns.
    unsafe {
        check(libc::ptrace(libc::PTRACE_TRACEME, 0, null_mut::<libc::c_void>(), null_mut::<libc::c_void>()))?;
        check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0).into())?;
        check(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program).into())
    }
}

/// Writes the filter. Each step's call number is compared in turn, and a match is reported. Opening counts as a step
/// only with a creating flag; writing only if it is longer than a line of output or a wake-up byte.
fn write_filter(filter: &mut [libc::sock_filter]) -> usize {
    const NUMBER: u32 = 0;
    const THIRD_ARGUMENT: u32 = 32;
    const MORE_THAN_A_LINE: u32 = 256;
    let load = |offset| instruction((libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16, 0, 0, offset);
    let unless = |number: u32, skip| instruction((libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16, 0, skip, number);
    let answer = |answer| instruction((libc::BPF_RET | libc::BPF_K) as u16, 0, 0, answer);
    let mut length = 0;
    let mut put = |instruction| {
        filter[length] = instruction;
        length += 1;
    };
    put(load(NUMBER));
    for (place, (number, _)) in STEPS.iter().enumerate() {
        let report = answer(libc::SECCOMP_RET_TRACE | place as u32);
        let condition = match *number {
            libc::SYS_openat => Some((libc::BPF_JSET, libc::O_CREAT as u32)),
            libc::SYS_write => Some((libc::BPF_JGE, MORE_THAN_A_LINE)),
            _ => None,
        };
        if let Some((test, operand)) = condition {
            put(unless(*number as u32, 4));
            put(load(THIRD_ARGUMENT));
            put(instruction((libc::BPF_JMP | test | libc::BPF_K) as u16, 0, 1, operand));
            put(report);
            put(answer(libc::SECCOMP_RET_ALLOW));
        } else {
            put(unless(*number as u32, 1));
            put(report);
        }
    }
    put(answer(libc::SECCOMP_RET_ALLOW));
    length
}

const fn instruction(code: u16, yes: u8, no: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter { code, jt: yes, jf: no, k }
}
