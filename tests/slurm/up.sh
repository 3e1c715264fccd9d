#!/usr/bin/env bash
# Starts a real Slurm on this machine alone: munged, slurmctld and slurmd, on 127.0.0.1, without systemd or accounting.
# Needs root and Debian's packages slurm-wlm and munge.
#   up.sh DIR          starts it, with configuration, state, logs and process IDs in DIR
#   up.sh --down DIR   ends what it started
set -euo pipefail
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
down=''
if [ "${1:-}" = --down ]; then down=1; shift; fi
dir=$(realpath -m "$1")
host=$(hostname -s)

is_running() {
  local process
  process=$(cat "$dir/run/$1.pid" 2>/dev/null) && [ "$(cat "/proc/$process/comm" 2>/dev/null)" = "$1" ]
}

# Waits up to 10 s for a command to succeed.
await() {
  for _ in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
  echo "gave up waiting for: $*" >&2
  return 1
}

if [ -n "$down" ]; then
  for daemon in slurmd slurmctld munged; do
    if is_running "$daemon"; then kill "$(cat "$dir/run/$daemon.pid")"; fi
  done
  exit 0
fi

# munged refuses folders that others can write to; its socket must be reachable by everybody.
mkdir -p "$dir"/{etc,run,log,state,spool,munge}
chmod 755 "$dir" "$dir"/{etc,run,log,state,spool}
chown -R munge:munge "$dir/munge"
chmod 711 "$dir/munge"
key=$dir/munge/key socket=$dir/munge/socket
if [ ! -f "$key" ]; then
  head -c 1024 /dev/urandom >"$key"
  chown munge:munge "$key"
  chmod 400 "$key"
fi
if ! is_running munged; then
  setpriv --reuid munge --regid munge --clear-groups munged --force --key-file "$key" --socket "$socket" \
    --seed-file "$dir/munge/seed" --log-file "$dir/munge/log" --pid-file "$dir/munge/pid"
  await munge -S "$socket" -n
  cp "$dir/munge/pid" "$dir/run/munged.pid"
fi

# Real sites use cgroups: a signal then reaches the batch script only, and nothing of a job outlives it.
if [ -w /sys/fs/cgroup/freezer ] && [ -w /sys/fs/cgroup/memory ]; then
  track=cgroup task=cgroup
  printf '%s\n' CgroupPlugin=cgroup/v1 CgroupMountpoint=/sys/fs/cgroup ConstrainRAMSpace=yes AllowedRAMSpace=100 \
    MinRAMSpace=1 >"$dir/etc/cgroup.conf"
else
  track=linuxproc task=none
  # "disabled" is known from 23.02 on; before, the plugin for version 1 touches nothing at the start.
  case $(slurmctld -V) in
    "slurm-wlm 2"[012].*) echo CgroupPlugin=cgroup/v1 ;;
    *) echo CgroupPlugin=disabled ;;
  esac >"$dir/etc/cgroup.conf"
fi

cat >"$dir/etc/slurm.conf" <<CONF
ClusterName=castui
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
ProctrackType=proctrack/$track
TaskPlugin=task/$task
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
KillWait=5
MinJobAge=600
InactiveLimit=0
ReturnToService=2
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
MailProg=/bin/true
DefMemPerCPU=200
NodeName=$host NodeAddr=127.0.0.1 CPUs=8 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=30
PartitionName=urgent Nodes=ALL Default=NO MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
CONF
export SLURM_CONF=$dir/etc/slurm.conf
is_running slurmctld || slurmctld
await sh -c 'scontrol ping | grep -q "is UP"'
is_running slurmd || slurmd
await sh -c '[ "$(sinfo -h -p main -o %t)" = idle ]'
