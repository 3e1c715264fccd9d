#!/bin/sh
# Stands between cargo and rustc (RUSTC_WRAPPER): castui and the fuzz targets are compiled with the options in FUZZ_OPTIONS, and
# dependencies as in every other build, which they are shared with.
case ${CARGO_MANIFEST_DIR-}/ in
"$FUZZ_ROOT"/ | "$FUZZ_ROOT"/tests/fuzz/)
  # Split at spaces on purpose.
  # shellcheck disable=SC2086
  exec "$@" $FUZZ_OPTIONS ;;
esac
exec "$@"
