#!/usr/bin/env bash
# Backs an image file up, twice, and tells what changed: with curl alone.
# Usage: [SKIKT_URL=http://127.0.0.1:8080] tour.sh IMAGE
# IMAGE lies below one of the server's image roots and has 2 MiB at least; it is written to.
set -euo pipefail

image=$(realpath "$1")
api=${SKIKT_URL:-http://127.0.0.1:8080}/api/v1
work=$(mktemp --directory)
trap 'rm -r "$work"' EXIT

# Asks for a path; the problem that a refusal is goes to standard error, and ends the script.
ask() {
    local path=$1
    shift
    if ! curl --silent --show-error --fail-with-body --output "$work/answer" "$api/$path" "$@"; then
        cat "$work/answer" >&2
        return 1
    fi
    cat "$work/answer"
}

# The same with a body of JSON.
post() {
    ask "$1" --header 'content-type: application/json' --data "$2" "${@:3}"
}

# Does work that takes time, and waits for its end. The key makes it safe to ask again, and to ask
# again is to wait on.
work_on() {
    local path=$1 body=$2 key=$3 job state
    while true; do
        job=$(post "$path" "$body" --header "idempotency-key: $key" --header 'prefer: wait=60')
        state=$(sed -E 's/.*"state":"([a-z]+)".*/\1/' <<<"$job")
        case $state in
        done) echo "$job" && return ;;
        failed | cancelled) echo "$job" >&2 && return 1 ;;
        esac
    done
}

echo "== attach the image"
post disks '{"name": "tour", "source": {"kind": "attached", "path": "'"$image"'"}}'; echo

echo "== take a snapshot, change 8 KiB of the image, and take another"
run=$(date +%s)-$$
work_on disks/tour/snapshots '{"name": "tour-before"}' "before-$run"
dd if=/dev/urandom of="$image" bs=4096 seek=256 count=2 conv=notrunc status=none
work_on disks/tour/snapshots '{"name": "tour-after"}' "after-$run"

echo "== list them"
ask disks/tour/snapshots; echo

echo "== what changed, as CSV"
ask 'snapshots/tour-after/diff?base=tour-before&format=csv' | tee "$work/diff.csv"

echo "== download only that"
while IFS=, read -r offset length kind; do
    [[ $kind == changed ]] || continue
    ask snapshots/tour-after/data --range "$offset-$((offset + length - 1))" >"$work/range"
    cmp --bytes "$length" "$work/range" "$image" 0 "$offset"
    echo "$length bytes at $offset are those of the image"
done < <(tail --lines +2 "$work/diff.csv")

echo "== download it as a VHD, and go on where that broke off"
vhd=$api/snapshots/tour-after/data?format=vhd
etag=$(curl --silent --show-error --fail --head "$vhd" | sed -n 's/^etag: //Ip' | tr -d '\r')
curl --silent --show-error --fail --range 0-999999 --output "$work/tour.vhd" "$vhd"
curl --silent --show-error --fail --continue-at - --header "if-range: $etag" \
    --output "$work/tour.vhd" "$vhd"
size=$(stat --format %s "$image")
cmp --bytes "$size" "$work/tour.vhd" "$image"
echo "the VHD has $(stat --format %s "$work/tour.vhd") bytes: the image's, and a footer"

echo "== delete the first, and give back what only it needed"
ask snapshots/tour-before --request DELETE
work_on gc '{}' "gc-$run"
ask disks/tour --request DELETE
