
# On a login node: asks for the quota once for all files, then submits the array and a job that completes the runs.
if [ -z "${SLURM_JOB_ID:-}" ]; then
  if [ "${1:-}" != --anyway ]; then
    "$castui" quota --needs "$cells" "${connection[@]}"
    if [ $? -eq 5 ]; then
      echo "nothing was submitted; to send as many cells as possible: bash $0 --anyway" >&2
      exit 5
    fi
  fi
  job=$(sbatch --parsable --array="0-$((${#files[@]} * shards - 1))" --output=castui-%A_%a.log "$0") || exit
  job=${job%%;*}
  echo "submitted $((${#files[@]} * shards)) array tasks as job $job"
  after=$(sbatch --parsable --dependency="afterany:$job" --output=castui-%j.log "$0" complete) || exit
  echo "submitted job ${after%%;*}, which sends what is missing after them and writes the files"
  exit
fi

# Runs castui and passes signals on, because Slurm sends some of them to this script only. castui then finishes the
# chunks in flight. At the time limit Slurm sends SIGUSR1 early enough, and the job is put back into the queue.
stop='' again='' process=''
trap 'stop=1; [ -z "$process" ] || kill -TERM "$process" 2>/dev/null' TERM INT HUP
trap 'stop=1; again=1; [ -z "$process" ] || kill -TERM "$process" 2>/dev/null' USR1 USR2
run() {
  [ -z "$stop" ] || return 143
  "$castui" "$@" "${connection[@]}" --max-requests "$requests" --progress plain &
  process=$!
  [ -z "$stop" ] || kill -TERM "$process" 2>/dev/null
  # A signal interrupts the wait, but not castui.
  while wait "$process"; code=$?; kill -0 "$process" 2>/dev/null; do :; done
  wait "$process" 2>/dev/null
  local last=$?
  [ "$last" -eq 127 ] || code=$last
  process=''
  return "$code"
}

worst=0
note() { [ "$1" -eq 0 ] || worst=$1; }
if [ "${1:-}" = complete ]; then
  for folder in "${runs[@]}"; do
    run resume "$folder"
    note $?
  done
elif [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
  file=$((SLURM_ARRAY_TASK_ID / shards))
  shard=()
  [ "$shards" -eq 1 ] || shard=(--shard "$((SLURM_ARRAY_TASK_ID % shards + 1))/$shards")
  run annotate "${files[file]}" -o "${runs[file]}" "${shard[@]}" "${options[@]}"
  note $?
else
  for file in "${!files[@]}"; do
    run annotate "${files[file]}" -o "${runs[file]}" "${options[@]}"
    note $?
  done
fi

if [ -n "$again" ] && [ "$worst" -eq 143 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 50 ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$worst"
