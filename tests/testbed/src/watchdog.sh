# Waits until the test process closes the pipe on standard input, by will or by dying; then ends the server of a folder
# and removes the folder. Arguments: the folder, the signal that ends the server at once, a command to tidy up with.

# Ctrl-C in a terminal is for the test process; its death is what we wait for.
trap '' HUP INT TERM
cat >/dev/null

# A launch that comes later finds no place to write its pid, and gives up.
mv "$1/running" "$1/ending" || exit 1
[ -f "$1/ending/pid" ] && read -r pid <"$1/ending/pid"

tree() {
    echo "$1"
    for child in $(cat "/proc/$1/task/"*/children); do tree "$child"; done
}

# A process that has ended but was not yet collected by its parent counts as gone.
runs() {
    kill -0 "$1" && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status"
}

if [ -n "$pid" ]; then
    kill -CONT $(tree "$pid")
    kill "-$2" "$pid"
    tries=0
    while [ "$tries" -lt 250 ] && runs "$pid"; do
        sleep 0.02
        tries=$((tries + 1))
    done
    kill -KILL $(tree "$pid")
fi

(cd "$1" && eval "$3")
rm -rf -- "$1"
